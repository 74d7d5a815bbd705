# SPDX-License-Identifier: Apache-2.0
"""
RabbitMQ behind the contract of `exchange.edge.broker`; pika is imported here and nowhere else.

    frames        bytes of AMQP frames, out and in; pure
    connection    one connection, and the thread that serves it
    link          kept up: where, by which certificate, again and again
    publisher     window, confirms, flights
    intake        channels, arrivals, acknowledgements
    declarations  for tools: declare, remove, how full
    broker        `RabbitBroker`, which makes the above

Which thread touches what

- Everything of pika, all channels and their bookkeeping (`_Air`, `_Lane`, `Tally`, `Link`) live on the
  I/O thread of their connection. Other threads reach it by `IoThread.call` alone, which is
  pika's `add_callback_threadsafe`: a deque and a byte in a pipe.
- `launch`, `room`, `take`, `settle`, `bury`, `close` run on the role's threads. What they share with
  the I/O thread stands behind one lock in each publisher (`_changed`) and each intake (`_lock`). It
  is held for bookkeeping only, never while anything waits for the network. `Bell` has its own.
- One hand-over carries many parcels or settlements: whoever finds the list empty calls, the others
  only add to it. The other way, answers and arrivals are gathered until the loop has dealt with all that
  was ready, and then given over under one lock and with one ring.
- A connection's end is seen on the I/O thread alone: it declares what was in the air LOST and what
  was in the heap void, in the same order in which frames were read, and only then dials again.
- The threads are daemons: they never keep the interpreter from ending. `close` joins them.
"""

from exchange.edge.rabbit.broker import RabbitBroker

__all__ = ["RabbitBroker"]
