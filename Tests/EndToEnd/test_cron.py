"""Jobs of `cron.schedule` run when the emulator's clock comes to their time."""

from emulator import Emulator


def clock(emulator: Emulator, **change) -> None:
    answer = emulator.request("POST", "/_emulator/clock", change)
    assert answer.status == 200, answer.text


def at(moment: str) -> dict[str, int]:
    """`2025-03-31 09:58:30`, UTC, as the clock takes it."""
    from datetime import UTC, datetime

    return {"freeze_at_microseconds": int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1_000_000}


def test_a_job_runs_at_its_minute():
    with Emulator() as emulator:
        clock(emulator, **at("2025-03-31 09:58:30"))
        emulator.sql("create table ticks (at timestamptz default now(), note text)")
        emulator.sql("select cron.schedule('quarter', '*/15 10-11 * * mon', 'insert into ticks (note) values (''q'')')")
        emulator.sql("select cron.schedule('broken', '@hourly', 'select 1/0')")
        clock(emulator, advance_seconds=60)
        assert emulator.sql("select count(*) from ticks") == [{"count": 0}]
        clock(emulator, advance_seconds=60)
        assert emulator.sql("select at, note from ticks") == [{"at": "2025-03-31T10:00:30+00:00", "note": "q"}]
        runs = emulator.sql("select runid, username, status, return_message from cron.job_run_details order by runid")
        assert runs == [
            {"runid": 1, "username": "postgres", "status": "succeeded", "return_message": "INSERT 0 1"},
            {"runid": 2, "username": "postgres", "status": "failed", "return_message": "ERROR:  division by zero"},
        ]
        # A jump over many of its minutes runs it once.
        clock(emulator, advance_seconds=7200)
        assert emulator.sql("select count(*) from ticks") == [{"count": 2}]
        emulator.sql("select cron.unschedule('quarter')")
        clock(emulator, **at("2025-04-07 10:15:00"))
        assert emulator.sql("select count(*) from ticks") == [{"count": 2}]


def test_a_job_runs_every_few_seconds_and_as_its_role():
    with Emulator() as emulator:
        clock(emulator, **at("2025-03-31 09:58:31"))
        emulator.sql("create table ticks (who text default current_user)")
        emulator.sql("select cron.schedule('often', '10 seconds', 'insert into ticks default values')")
        emulator.sql("update cron.job set username = 'service_role'")
        clock(emulator, **at("2025-03-31 09:59:00"))
        assert emulator.sql("select who from ticks") == [{"who": "service_role"}]
        clock(emulator, advance_seconds=9)
        assert emulator.sql("select count(*) from ticks") == [{"count": 1}]
        clock(emulator, advance_seconds=1)
        assert emulator.sql("select count(*) from ticks") == [{"count": 2}]


def test_what_is_no_schedule_is_refused(empty):
    answer = empty.tool(
        "execute_sql", cloud_id=empty.ready["cloud_id"], query="select cron.schedule('x', 'soon', 'select 1')"
    )
    assert answer.status == 400, answer.text
    assert "invalid schedule: soon" in answer.text
