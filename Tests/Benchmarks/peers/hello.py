"""The smallest FastAPI application, as uvicorn and granian serve it."""

from fastapi import APIRouter, FastAPI

router = APIRouter()


@router.get("/hello")
async def hello():
    return {"hello": "world"}


app = FastAPI()
app.include_router(router)
