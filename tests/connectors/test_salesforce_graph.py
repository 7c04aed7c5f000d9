"""Packing graphs: whatever fails, however it is told, everybody gets their own verdict in a bounded number of calls."""

import json
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.connectors.salesforce_graph import MOST, Graphs, Node, NodeReply, Reply

HALTED = [{"errorCode": "PROCESSING_HALTED", "message": "halted"}]


class Organisation(Graphs):
    """Answers as Salesforce does: all or nothing, and nothing more after too many failures."""

    def __init__(self, bad, failures, told):
        self.bad, self.failures, self.told = bad, failures, told
        self.calls, self.written = 0, []

    def send(self, graphs):
        self.calls += 1
        assert 0 < len(graphs) <= MOST
        failed, replies = 0, []
        for graph in graphs:
            culprit = next((node.path for node in graph if node.path in self.bad), None)
            if failed >= self.failures:
                replies.append(Reply(False, [reply(400, HALTED) for _ in graph]))
            elif culprit is None:
                self.written += [node.path for node in graph]
                replies.append(Reply(True, [reply(204, None) for _ in graph]))
            else:
                failed += 1
                replies.append(Reply(False, [self.told_of(culprit, node.path) for node in graph]))
        return replies

    def told_of(self, culprit, path):
        named = self.told == "all" or (self.told == "node" and path == culprit)
        return reply(400, [{"errorCode": "NO", "message": "no"}] if named else HALTED)


def reply(status, body):
    return NodeReply(status, json.dumps(body).encode())


def items(count):
    return [[Node("PATCH", str(at), {"Company": "x"})] for at in range(count)]


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 160).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(0, count - 1)))),
    st.sampled_from([1, 14, 15]),
    st.sampled_from(["node", "all", "nobody"]),
    st.sampled_from([1, 3]),
)
def test_everybody_gets_their_own_verdict_and_is_written_once(drawn, failures, told, together):
    count, bad = drawn
    org = Organisation({str(at) for at in bad}, failures, told)
    replies = org.each(items(count), together)
    assert [found.done for found in replies] == [at not in bad for at in range(count)]
    assert [len(found.nodes) for found in replies] == [1] * count
    assert sorted(org.written) == sorted(str(at) for at in range(count) if at not in bad)
    if told != "nobody":  # else what failed cannot be told from what was not attempted
        assert org.calls <= ceil(count / MOST) + len(bad) * (2 if together > 1 else 1) + 2


def test_nobody_bad_takes_as_many_calls_as_there_are_full_ones():
    org = Organisation(set(), 14, "node")
    assert all(found.done for found in org.each(items(450), 3))
    assert org.calls == 2


def test_one_bad_of_a_hundred_takes_one_call_more():
    org = Organisation({"50"}, 14, "node")
    assert sum(found.done for found in org.each(items(100), 3)) == 99
    assert org.calls == 2


def test_nothing_to_send_calls_nobody():
    org = Organisation(set(), 14, "node")
    assert org.each([]) == []
    assert org.calls == 0
