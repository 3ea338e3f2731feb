"use strict";

const place = id => document.getElementById(id);

function showNode(node) {
  place("name").textContent = node.name;
  place("role").textContent = node.term === null ? node.role : `${node.role}, term ${node.term}`;
  place("says").textContent = node.says;
  document.title = `${node.name}: ${node.role}`;
}

function showQueues(queues) {
  place("queues").replaceChildren(...queues.map(queue => {
    const row = document.createElement("tr");
    for (const figure of [queue.name, queue.depth, queue.inFlight, queue.consumers, queue.enqueued, queue.dequeued]) {
      row.insertCell().textContent = figure;
    }
    return row;
  }));
}

const events = new EventSource("/api/v1/events");
events.addEventListener("figures", event => {
  const { node, queues } = JSON.parse(event.data);
  showNode(node);
  showQueues(queues);
});
events.addEventListener("role", event => showNode(JSON.parse(event.data)));
events.addEventListener("error", () => { place("says").textContent = "no answer"; });
