package relaismq.suite;

import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.Topic;
import javax.jms.TopicSubscriber;
import javax.jms.XASession;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQXAConnection;
import relaismq.Branch;

/** Distributed transactions, as a transaction manager drives them. */
final class DistributedChecks {
    private DistributedChecks() {}

    static void commitInTwoPhases(Stage stage) throws Exception {
        Work work = new Work(stage);
        work.begin();
        Expect.equal(XAResource.XA_OK, work.resource.prepare(work.branch), "the vote");
        MessageConsumer sent = work.newOnes();
        Expect.nothing(sent);
        work.resource.commit(work.branch, false);
        Expect.text(sent, "new");
        Expect.equal(false, work.isInDoubt(), "in doubt");
        work.end();
        MessageConsumer left = work.oldOnes();
        Expect.text(left, "other");
        Expect.nothing(left);
    }

    static void commitInOnePhase(Stage stage) throws Exception {
        Work work = new Work(stage);
        work.begin();
        work.resource.commit(work.branch, true);
        Expect.text(work.newOnes(), "new");
        work.end();
        Expect.text(work.oldOnes(), "other");
    }

    static void rollbackBeforeAndAfterTheVote(Stage stage) throws Exception {
        for (boolean prepared : new boolean[] {false, true}) {
            Work work = new Work(stage);
            work.begin();
            if (prepared) {
                work.resource.prepare(work.branch);
            }
            work.resource.rollback(work.branch);
            Expect.nothing(work.newOnes());
            Expect.equal(false, work.isInDoubt(), "in doubt");
            work.end();
            Expect.text(work.oldOnes(), "old", "other");
        }
    }

    static void whatIsInDoubtIsRecoveredByAnotherConnection(Stage stage) throws Exception {
        Work work = new Work(stage);
        work.begin();
        work.resource.prepare(work.branch);
        Expect.equal(true, work.isInDoubt(), "in doubt");
        work.end();
        MessageConsumer consumer = work.oldOnes();
        Expect.text(consumer, "other");
        Expect.nothing(consumer);
        work.other().commit(work.branch, false);
        Expect.equal(false, work.isInDoubt(), "in doubt");
        Expect.text(work.newOnes(), "new");
        Expect.nothing(consumer);
    }

    static void nothingToDoNeedsNoDecision(Stage stage) throws Exception {
        Work work = new Work(stage);
        work.resource.start(work.branch, XAResource.TMNOFLAGS);
        work.resource.end(work.branch, XAResource.TMSUCCESS);
        Expect.equal(XAResource.XA_RDONLY, work.resource.prepare(work.branch), "the vote");
        Expect.equal(false, work.isInDoubt(), "in doubt");
    }

    static void anUnknownBranchIsRefused(Stage stage) throws Exception {
        Work work = new Work(stage);
        XAException refused =
                Expect.failure(XAException.class, () -> work.resource.commit(Branch.anew(), false));
        Expect.equal(XAException.XAER_NOTA, refused.errorCode, "the code");
    }

    static void durableSubscriptionsTakePart(Stage stage) throws Exception {
        Topic topic = stage.topic();
        ActiveMQConnection reader = stage.connectAs(stage.name());
        Session session = reader.createSession(false, Session.AUTO_ACKNOWLEDGE);
        TopicSubscriber subscriber = session.createDurableSubscriber(topic, "news");
        Work work = new Work(stage);
        work.resource.start(work.branch, XAResource.TMNOFLAGS);
        Stage.send(work.session, topic, "1", "2");
        work.resource.end(work.branch, XAResource.TMSUCCESS);
        work.resource.prepare(work.branch);
        Expect.nothing(subscriber);
        work.resource.commit(work.branch, false);
        Expect.text(subscriber, "1", "2");
    }

    /** A branch in which "old" is received from one queue and "new" is sent to another. */
    private static final class Work {
        final Branch branch = Branch.anew();
        final XASession session;
        final XAResource resource;
        private final Stage stage;
        private final ActiveMQXAConnection connection;
        private final Queue from;
        private final Queue to;
        private MessageConsumer receiver;

        Work(Stage stage) throws Exception {
            this.stage = stage;
            from = stage.queue();
            to = stage.queue();
            connection = stage.connectForXa();
            session = connection.createXASession();
            resource = session.getXAResource();
        }

        void begin() throws Exception {
            stage.send(from, "old", "other");
            resource.start(branch, XAResource.TMNOFLAGS);
            receiver = session.createConsumer(stage.queue(from, "consumer.prefetchSize=1"));
            Expect.text(receiver, "old");
            Stage.send(session, to, "new");
            resource.end(branch, XAResource.TMSUCCESS);
        }

        void end() throws Exception {
            connection.close();
        }

        MessageConsumer newOnes() throws Exception {
            return stage.session().createConsumer(to);
        }

        MessageConsumer oldOnes() throws Exception {
            return stage.session().createConsumer(from);
        }

        XAResource other() throws Exception {
            return stage.connectForXa().createXASession().getXAResource();
        }

        boolean isInDoubt() throws Exception {
            return branch.isAmong(other().recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN));
        }
    }
}
