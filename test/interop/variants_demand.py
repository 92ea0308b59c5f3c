"""Variants of the Error by which an agent demands that the TAM attest itself.
What is no demand gets no Result: 204, as after every Error that ends.
"""
import os

import agent as a
from cose import Key
from stage import EMPTY, OK, REQUEST, VARIANTS, Variant, play, without

EXCHANGE_REQUESTS = 4  # in one exchange, design section 6


def settled(stage):
    """An agent whose last exchange is over, in a new one."""
    agent = stage.asked()
    stage.http.post(agent.query_response())
    return stage.asked()


def demand(name, step, expect, reason):
    """Register a change of one step of the Error."""
    def register(function):
        def run(stage):
            agent = settled(stage)
            agent.change = {step: function}
            return stage.last(agent.demand())
        VARIANTS.append(Variant(name, expect, reason, run))
        return function
    return register


def challenge(name, octets, expect, reason):
    @demand(name, "demand", expect, reason)
    def _(agent, message):
        message[1][a.CHALLENGE] = os.urandom(octets)
        return message


challenge("demand-challenge-of-7", 7, EMPTY, "out-of-range")
challenge("demand-challenge-of-8", 8, REQUEST, OK)
challenge("demand-challenge-of-64", 64, REQUEST, OK)
# As long a one may stand in a message, but not in a Result.
challenge("demand-challenge-of-65", 65, EMPTY, "out-of-range")
challenge("demand-challenge-of-513", 513, EMPTY, "out-of-range")


@demand("demand-without-challenge", "demand", EMPTY,
        "no-common-freshness-mechanism")
def _(agent, message):
    return [message[0], without(message[1], a.CHALLENGE), message[2]]


@demand("demand-by-timestamp", "demand", EMPTY,
        "no-common-freshness-mechanism")
def _(agent, message):
    message[1][a.FRESHNESS] = [1]
    return message


@demand("demand-of-unknown-device", "demand-key", EMPTY, "unknown-key")
def _(agent, key):
    return Key.new(key.alg)


@demand("demand-with-unknown-token", "demand", EMPTY, "unknown-token")
def _(agent, message):
    message[1][a.TOKEN] = os.urandom(16)
    return message


@play("demand-without-end", EMPTY, "exchange-limit")
def _(stage):
    agent = settled(stage)
    for _ in range(EXCHANGE_REQUESTS - 1):
        stage.http.post(agent.demand())
    return stage.last(agent.demand())
