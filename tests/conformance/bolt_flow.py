"""An app by slack_bolt, driven through the emulator: bolt_flow.py <socket|http> <file with the emulator's first line>."""

import logging
import socket
import sys
import threading
import time

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler, ServerErrorRetryHandler

from door import Door, Refused, announced

QUEUE = "C0QUEUE"


def plain(text):
    return {"type": "plain_text", "text": text}


def form():
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Report"),
        "submit": plain("Send"),
        "blocks": [
            {
                "type": "input",
                "block_id": "what",
                "label": plain("What happened"),
                "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
            },
            {
                "type": "input",
                "block_id": "kind",
                "optional": True,
                "label": plain("Kind"),
                "element": {
                    "type": "static_select",
                    "action_id": "pick",
                    "options": [{"text": plain("Not sure"), "value": "unsure"}, {"text": plain("Phishing"), "value": "phishing"}],
                },
            },
            {
                "type": "input",
                "block_id": "proof",
                "optional": True,
                "label": plain("Screenshot"),
                "element": {"type": "file_input", "action_id": "files"},
            },
        ],
    }


def card(state):
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"Case {state}"}},
        {
            "type": "actions",
            "elements": [{"type": "button", "action_id": "take", "text": plain("Take"), "value": "1"}],
        },
    ]


def build(told):
    """The app under the emulator's care."""
    client = WebClient(token=told["bot_token"], base_url=told["api_url"] + "/")
    app = App(client=client, signing_secret=told["signing_secret"])
    app.seen = []

    @app.command("/secevent")
    def command(ack, body, client, respond):
        if not body["text"]:
            client.views_open(trigger_id=body["trigger_id"], view=form())
            ack()
        elif body["text"] == "later":
            ack()
            respond("for you alone")
            respond(text="for all", response_type="in_channel")
        else:
            ack(f"Thanks: {body['text']}")

    @app.view("form")
    def submitted(ack, body, view, client):
        values = view["state"]["values"]
        app.seen.append(values)
        said = values["what"]["text"]["value"]
        if said == "short":
            return ack(response_action="errors", errors={"what": "Say more"})
        if said == "again":
            return ack(response_action="update", view={**form(), "title": plain("Once more")})
        ack()
        client.chat_postMessage(channel=QUEUE, text=f"case: {said}", blocks=card("new"))

    @app.action("take")
    def take(ack, body, client, respond):
        ack()
        message = body["message"]
        client.chat_update(channel=body["channel"]["id"], ts=message["ts"], text="taken", blocks=card("taken"))
        respond("you took it")

    @app.event("reaction_added")
    def reacted(event, client):
        user = client.users_info(user=event["user"])["user"]
        conversation = client.conversations_open(users=event["user"])["channel"]["id"]
        source = client.conversations_history(
            channel=event["item"]["channel"], latest=event["item"]["ts"], inclusive=True, limit=1
        )["messages"][0]
        link = client.chat_getPermalink(channel=event["item"]["channel"], message_ts=event["item"]["ts"])["permalink"]
        client.chat_postMessage(channel=conversation, text=f"{user['profile']['email']} reported: {source['text']} {link}")

    @app.event("app_mention")
    def mentioned(event, say):
        say(text=f"heard <@{event['user']}>", thread_ts=event["ts"])

    @app.event("message")
    def message(event):
        app.seen.append(event)

    @app.shortcut("report_event")
    def everywhere(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=form())
        ack()

    @app.shortcut("report_message")
    def on_message(ack, body, client):
        ack()
        client.chat_postEphemeral(channel=body["channel"]["id"], user=body["user"]["id"], text=f"saw {body['message']['text']}")

    return app


def eventually(what, look, limit=10):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {limit} s")


def check(what, holds):
    if not holds:
        raise AssertionError(what)
    print(f"  ok  {what}")


def drive(door, app):
    """What people do, and what they must see."""

    def wait(user, channel, words):
        return door.act(user, "wait", channel=channel, contains=words, timeout_ms=10_000)

    seen = door.act("alice", "slash", channel="general", text="/secevent @bob & co")
    check("a command is acknowledged with words", seen["shown"][0]["shown"] == "Thanks: @bob & co")
    door.act("alice", "slash", channel="general", text="/secevent later")
    check("a response URL answers in private", wait("alice", "general", "for you alone")["ephemeral"])
    check("a response URL answers in public", not wait("bob", "general", "for all")["ephemeral"])

    seen = door.act("alice", "slash", channel="general", text="/secevent")
    check("a command opens a form", seen["view"] and seen["view"]["title"] == "Report")
    seen = door.act("alice", "submit", values={"What happened": "short"})
    check("errors show at their field", seen["errors"] == {"what": "Say more"} and seen["view"])
    seen = door.act("alice", "submit", values={"What happened": "again"})
    check("a form is replaced", seen["view"]["title"] == "Once more")
    upload = door.act("alice", "upload", name="shot.png", mimetype="image/png", content="aGVsbG8=")
    seen = door.act(
        "alice", "submit", values={"What happened": "laptop", "Kind": "Phishing", "Screenshot": [upload["file"]]}
    )
    check("a form is sent", seen["acknowledged"] and not seen["view"] and not seen["errors"])
    values = [one for one in app.seen if "what" in one][-1]
    check("a choice arrives", values["kind"]["pick"]["selected_option"]["value"] == "phishing")
    check("a file arrives", values["proof"]["files"]["files"][0]["name"] == "shot.png")

    posted = wait("rita", "security-queue", "Case new")
    seen = door.act("rita", "press", channel="C0QUEUE", ts=posted["ts"], action="Take")
    check("a button is acknowledged", seen["acknowledged"] and not seen["toast"])
    check("a card is updated in place", wait("rita", "security-queue", "Case taken")["ts"] == posted["ts"])
    check("a button answers in private", wait("rita", "security-queue", "you took it")["ephemeral"])

    said = door.act("bob", "post", channel="general", text="odd mail <!channel>")["posted"]
    door.act("alice", "react", channel="general", ts=said["ts"], emoji="rotating_light")
    told = wait("alice", "@secevent", "reported")
    check("a reaction is heard and answered by direct message", "alice@example-corp.test" in told["shown"])
    check("typed markup stays words", "<!channel>" in told["shown"] and told["notifies"] == [])
    said = door.act("bob", "post", channel="general", text="@secevent hello")["posted"]
    check("a mention is answered in its thread", wait("bob", "general", "heard @bob")["thread_ts"] == said["ts"])
    seen = door.act("bob", "message_shortcut", channel="general", ts=said["ts"], shortcut="Report security event")
    check("a message shortcut is answered", wait("bob", "general", "saw ")["ephemeral"])
    seen = door.act("bob", "global_shortcut", shortcut="Report security event")
    check("a global shortcut opens a form", seen["view"]["title"] == "Report")
    door.act("bob", "close")
    door.act("bob", "edit", channel="general", ts=said["ts"], text="never mind")
    door.act("bob", "delete", channel="general", ts=said["ts"])
    subtypes = {one.get("subtype") for one in app.seen if "channel_type" in one}
    check("edits arrive with what was said before", "message_changed" in subtypes)
    try:
        door.act("olga", "slash", channel="shared-with-partner", text="/secevent")
        raise AssertionError("people of another organisation have no commands")
    except Refused:
        print("  ok  people of another organisation have no commands")


def errors(door, told):
    """Refusals and faults as slack_sdk understands them."""
    client = WebClient(token=told["bot_token"], base_url=told["api_url"] + "/")

    def code(call, **given):
        try:
            call(**given)
            return "ok"
        except SlackApiError as error:
            return error.response["error"]

    check("channel_not_found", code(client.chat_postMessage, channel="C0NONE", text="x") == "channel_not_found")
    check("not_in_channel", code(client.chat_postMessage, channel="C0OPS", text="x") == "not_in_channel")
    check("unknown_method", code(client.bookmarks_list, channel_id="C0QUEUE") == "unknown_method")
    check("invalid_auth", code(WebClient(token="xoxb-no", base_url=client.base_url).auth_test) == "invalid_auth")
    check("cursors work", len(list(client.conversations_members(channel="C0GENERAL", limit=3))) > 1)
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    client.retry_handlers.append(ServerErrorRetryHandler(max_retry_count=1))
    door.control("fault", method="chat.postMessage", fault={"kind": "rate_limited", "retry_after": 1})
    check("429 is waited out", client.chat_postMessage(channel=QUEUE, text="after 429")["ok"])
    door.control("fault", method="chat.postMessage", fault={"kind": "status", "code": 503})
    check("503 is tried again", client.chat_postMessage(channel=QUEUE, text="after 503")["ok"])


def main():
    mode, first_line = sys.argv[1:3]
    logging.basicConfig(level=logging.WARNING)
    told = announced(first_line)
    door = Door(told)
    app = build(told)
    if mode == "socket":
        handler = SocketModeHandler(app, told["app_token"])
        handler.connect()
        eventually("a socket", lambda: door.control("sockets")["open"])
    else:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        threading.Thread(target=app.start, kwargs={"port": port, "http_server_logger_enabled": False}, daemon=True).start()
        door.control("http_mode", url=f"http://127.0.0.1:{port}/slack/events")

        def listening():
            try:
                return door.control("verify_url")["verified"]
            except Refused:
                return False

        eventually("the check of the request address", listening)
    drive(door, app)
    errors(door, told)
    if mode == "socket":
        door.control("socket", what="refresh")
        fresh = lambda: [one for one in door.control("sockets")["open"] if not one["draining"]]
        eventually("a new socket after a refresh", fresh)
        # The SDK reads its new socket only seconds after it opened it, so a first command may go unanswered.
        again = lambda: door.act("alice", "slash", channel="general", text="/secevent again")["acknowledged"]
        check("a refreshed socket goes on", eventually("an answer over the new socket", again, limit=15))
        handler.close()
    else:
        door.control("socket_mode", on=True)
        seen = door.act("alice", "slash", channel="general", text="/secevent anybody")
        check("nobody there is an error for the person", "dispatch_failed" in (seen["toast"] or ""))
    check("no ledger entry was lost", not door.control("status")["ledger_broken"])


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        sys.exit(1)
