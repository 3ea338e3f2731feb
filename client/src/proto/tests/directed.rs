//! Leaving a broker because it says so, or because the list has changed.

use std::time::Duration;

use relaismq_openwire::ConnectionControl;

use super::{
    broker::Broker,
    moving::{arrives, host, moves},
    play::millis,
    world::{World, options},
};
use crate::{options::ConnectOptions, proto::io::Request};

fn connected(options: ConnectOptions) -> World {
    let mut world = World::with(options);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.settle();
    world
}

/// The broker in use says where to go.
fn say(world: &mut World, control: ConnectionControl) {
    let (_, host) = world.link().unwrap();
    world.broker(&host).say(control);
    world.settle();
}

fn reconnect_to(text: &str) -> ConnectionControl {
    ConnectionControl { reconnect_to: Some(text.into()), ..ConnectionControl::default() }
}

fn rebalance(list: &str) -> ConnectionControl {
    ConnectionControl {
        connected_brokers: Some(list.into()),
        rebalance_connection: true,
        ..ConnectionControl::default()
    }
}

#[test]
fn the_client_goes_where_its_broker_sends_it_and_remembers_the_brokers_of_the_uri() {
    let mut world = connected(options(&["a"]));
    world.brokers.insert("z".to_owned(), Broker { up: true, ..Broker::default() });
    say(&mut world, reconnect_to("tcp://z:61616?wireFormat.cacheEnabled=false"));
    arrives(&mut world, "z");
    world.kill("z");
    arrives(&mut world, "a");
    world.finish();
}

#[test]
fn nobody_is_sent_anywhere_if_that_is_switched_off() {
    let mut options = options(&["a", "b"]);
    options.reconnect.reconnect_supported = false;
    let mut world = connected(options);
    say(&mut world, reconnect_to("tcp://b:61616"));
    say(&mut world, rebalance("tcp://b:61616,tcp://a:61616"));
    world.advance(Duration::from_secs(100));
    assert_eq!((host(&world).as_str(), moves(&world)), ("a", 0));
    world.finish();
}

#[test]
fn a_list_leads_to_its_first_broker() {
    let mut world = connected(options(&["a", "b"]));
    say(&mut world, rebalance("tcp://a:61616,tcp://b:61616"));
    world.advance(Duration::from_secs(20));
    assert_eq!(host(&world), "a");
    say(&mut world, rebalance("tcp://b:61616,tcp://a:61616"));
    arrives(&mut world, "b");
    world.finish();
}

/// Clients of ActiveMQ were sent to and fro without end (AMQ-3706, AMQ-4501).
#[test]
fn brokers_that_send_their_clients_to_and_fro_get_one_move_in_the_dwell_time() {
    let mut world = connected(options(&["a", "b"]));
    for _ in 0..1000 {
        if world.client.is_connected() {
            let (_, here) = world.link().unwrap();
            let there = if here == "a" { "b" } else { "a" };
            let list = format!("tcp://{there}:61616,tcp://{here}:61616");
            world.broker(&here).say(rebalance(&list));
        }
        world.advance(millis(100));
    }
    assert!((9..=10).contains(&moves(&world)), "{}", moves(&world));
    world.finish();
}

#[test]
fn a_preferred_broker_is_not_left_to_spread_clients() {
    let mut options = options(&["a", "b"]);
    options.reconnect.priority_backup = true;
    let mut world = connected(options);
    say(&mut world, rebalance("tcp://b:61616,tcp://a:61616"));
    world.advance(Duration::from_secs(60));
    assert_eq!((host(&world).as_str(), moves(&world)), ("a", 0));
    world.finish();
}

#[test]
fn a_less_secure_or_malformed_place_is_never_gone_to() {
    let mut options = options(&["a"]);
    let address = crate::options::BrokerAddress::new(crate::options::Scheme::Ssl, "a", 61_616);
    options.endpoints[0].address = address;
    let mut world = connected(options);
    for place in ["tcp://b:61616", "null", "", "ssl://", "failover:(tcp://b:1)"] {
        say(&mut world, reconnect_to(place));
    }
    world.advance(Duration::from_secs(60));
    assert_eq!((host(&world).as_str(), world.dials.len()), ("a", 1));
    world.finish();
}

#[test]
fn a_file_that_changes_while_a_broker_serves_moves_the_client() {
    let mut options = options(&["a"]);
    options.reconnect.update_uris_url = Some("/etc/brokers".into());
    let mut world = World::with(options);
    world.brokers.insert("b".to_owned(), Broker { up: true, ..Broker::default() });
    world.list = Ok("tcp://a:61616".to_owned());
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.list = Ok("tcp://b:61616,tcp://a:61616".to_owned());
    arrives(&mut world, "b");
    world.finish();
}
