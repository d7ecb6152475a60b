"""The emulator's doors from Python, with the standard library only."""

import json
import time
import urllib.error
import urllib.request


class Refused(Exception):
    """The emulator says why not."""


class Door:
    """Acts as people and controls the emulator."""

    def __init__(self, told):
        self.url = told["door_url"]
        self.token = told["door_token"]

    def call(self, path, body):
        request = urllib.request.Request(
            f"{self.url}/{path}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json", "authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from None

    def control(self, control, /, **given):
        return self.call(f"control/{control}", given)

    def act(self, user, act, /, **given):
        return self.call(f"client/{act}", {"user": user, **given})


def announced(path, limit=30):
    """What the emulator tells on its first line, once it is up."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("{") and line.endswith("\n"):
                    told = json.loads(line)
                    if "door_token" in told:
                        return told
        time.sleep(0.05)
    raise SystemExit("the emulator did not say where it listens; does `secevent emulator slack` exist?")
