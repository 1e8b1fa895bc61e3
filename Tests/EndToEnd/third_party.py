"""What tests of third parties share: a service that runs any code, so that real clients meet the hook as they do in a
service of one's own."""

LABORATORY = """
import asyncio, traceback
from fastapi import APIRouter, Request
router = APIRouter()

@router.post("/run")
async def run(request: Request):
    source = (await request.body()).decode()
    def call():
        scope = {}
        try:
            exec(compile(source, "experiment.py", "exec"), scope)
            result = scope["experiment"]()
            return asyncio.run(result) if asyncio.iscoroutine(result) else result
        except BaseException as error:
            return {"error": type(error).__name__, "text": str(error)}
    return await asyncio.to_thread(call)
"""

STRIPE = "/_emulator/thirdparty/api.stripe.com"


def experiment(emulator, source: str, service: str = "laboratory", timeout: float = 60):
    """Runs `experiment()` of a source text inside a service; its result, or its exception as error and text."""
    answer = emulator.request("POST", f"/services/api/{service}/run", source, timeout=timeout)
    assert answer.status == 200, answer.text
    return answer.json()


def logs(emulator, service: str) -> list[str]:
    path = f"/v1/instances/logs/cloud/{emulator.ready['cloud_id']}/service/{service}?tail=2000"
    return [line["message"] for line in emulator.get(path).json()["lines"]]


def deliveries(events: list[dict], kind: str) -> list[dict]:
    return [delivery for event in events if event["type"] == kind for delivery in event["deliveries"]]
