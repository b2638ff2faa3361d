"""A mail server on loopback that keeps what it gets."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Mailbox:
    """What the server got: (recipient, message). `answers` are the replies to the next messages
    after their data, `refused` the recipients that it does not have. `logins` are the users with
    their passwords."""

    port: int = 0
    letters: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    logins: list[str] = field(default_factory=list)

    def parsed(self, number: int = -1) -> EmailMessage:
        """A message."""
        mail = message_from_bytes(self.letters[number][1], policy=default)
        assert isinstance(mail, EmailMessage)
        return mail


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A server that ends with the block. It speaks as much of RFC 5321 as a sender needs."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 mail.example")
            recipient = ""
            while line := self.rfile.readline().decode().strip():
                verb = line.split(":")[0].upper()
                if verb.startswith("EHLO"):
                    self.say("250-mail.example")
                    self.say("250 AUTH PLAIN")
                elif verb.startswith("AUTH PLAIN"):
                    box.logins.append(base64.b64decode(line.split()[2]).decode())
                    self.say("235 welcome")
                elif verb == "RCPT TO":
                    recipient = line.partition("<")[2].partition(">")[0]
                    self.say("550 no such user" if recipient in box.refused else "250 ok")
                elif verb == "DATA":
                    self.say("354 go on")
                    data = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        data += part.removeprefix(b".") if part.startswith(b"..") else part
                    answer = box.answers.pop(0) if box.answers else "250 ok"
                    if answer.startswith("250"):
                        box.letters.append((recipient, data))
                    self.say(answer)
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Session) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()
