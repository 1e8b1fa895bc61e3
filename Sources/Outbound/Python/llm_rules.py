"""What a model says here: the first rule that matches the last message of the user, or an echo of it.

Rules are in `seed/thirdparty/<host>.json` as `{"rules": [{"match": "regular expression", "reply": …}]}`, and those put
to `/_emulator/thirdparty/<host>/rules` come before them. A reply is a text, an object (sent as JSON text),
`{"tool": name, "arguments": {…}}` for a tool call, or `{"error": status, "message": text}`.
"""

import json
import re

from altan_standin import now, settings, store


class Reply:
    """Text, a tool call, or an error."""

    def __init__(self, value):
        self.tool = self.error = None
        self.text = ""
        self.message = None
        if isinstance(value, dict) and "tool" in value:
            self.tool, self.arguments = value["tool"], value.get("arguments", {})
        elif isinstance(value, dict) and "error" in value:
            self.error, self.message = int(value["error"]), value.get("message")
        else:
            self.text = value if isinstance(value, str) else json.dumps(value)


def reply_to(prompt, wants_json=False):
    for rule in rules():
        if re.search(rule.get("match", ""), prompt, re.IGNORECASE | re.DOTALL):
            return Reply(rule.get("reply", ""))
    return Reply({"echo": prompt} if wants_json else f"Echo: {prompt}")


def rules():
    return (store.get("settings", "rules") or {}).get("rules", []) + settings().get("rules", [])


def set_rules(value):
    """- Raises: ValueError, re.error for what are no rules."""
    if not isinstance(value, dict) or not isinstance(value.get("rules"), list):
        raise ValueError('Send {"rules": [{"match": "regular expression", "reply": "text"}]}.')
    for rule in value["rules"]:
        re.compile(rule.get("match", ""))
    return store.put("settings", "rules", value)


def note(model, prompt, reply):
    """For the outbox."""
    id = f"{store.count('calls'):08}"
    said = reply.text or (f"{reply.tool}({json.dumps(reply.arguments)})" if reply.tool else f"error {reply.error}")
    store.put("outbox", id, {"kind": "model", "at": now(), "to": model, "subject": prompt[:200], "text": said[:2000]})


def text_of(content):
    """The text of a message, whose content may be a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content if isinstance(part, dict) and part.get("text"))
    return ""


def last_user_text(messages):
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user" and text_of(message.get("content")):
            return text_of(message["content"])
    return text_of(messages[-1].get("content")) if messages and isinstance(messages[-1], dict) else ""


def tokens(text):
    """About as many as the real tokenizers count."""
    return max(1, (len(text) + 3) // 4) if text else 0


def pieces(text):
    """A text in the pieces in which it is streamed."""
    return re.findall(r"\s*\S+|\s+$", text) or ([text] if text else [])
