"""The peer: FastAPI and asyncpg take loan applications at the same path as ours, checked as strictly, under an idempotency
key, in one durable transaction: the application, what stands for it as evidence, and a job.

Unlike ours it seals nothing, makes no link, swears to no chain of facts and is fenced by no row-level security.
`DATABASE_URL` names the database; uvicorn runs it: `python -m uvicorn intake:app --workers 2`.
"""

import hashlib
import hmac
import json
import os
import uuid
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

KEY_DIGEST = hashlib.sha256(b"peer").digest()
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TABLES = """
CREATE TABLE IF NOT EXISTS application (
    id text PRIMARY KEY, idempotency_key text NOT NULL UNIQUE, request_digest bytea NOT NULL, reference text NOT NULL,
    product text NOT NULL, name text NOT NULL, id_number text NOT NULL, phone text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS evidence (
    no bigserial PRIMARY KEY, application text NOT NULL, kind text NOT NULL, body text NOT NULL, digest bytea NOT NULL);
CREATE TABLE IF NOT EXISTS job (
    no bigserial PRIMARY KEY, kind text NOT NULL, payload text NOT NULL, due_at timestamptz NOT NULL DEFAULT now());
"""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Borrower(Strict):
    name: Annotated[str, Field(min_length=1, max_length=50)]
    id_number: Annotated[str, Field(pattern=r"^\d{17}[\dX]$")]
    phone: Annotated[str, Field(pattern=r"^1\d{10}$")]

    @field_validator("id_number")
    @classmethod
    def checked(cls, number: str) -> str:
        total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number))
        if "10X98765432"[total % 11] != number[17]:
            raise ValueError("the check character is another")
        return number


class Application(Strict):
    reference: Annotated[str, Field(min_length=1, max_length=64)]
    product: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    borrower: Borrower


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=8, max_size=16) as pool:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(1)")
            await connection.execute(TABLES)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/v1/journeys", status_code=201)
async def take(
    asked: Application,
    response: Response,
    authorization: Annotated[str, Header()],
    idempotency_key: Annotated[str, Header(min_length=1, max_length=128)],
):
    word = authorization.removeprefix("Bearer ").encode()
    if not hmac.compare_digest(hashlib.sha256(word).digest(), KEY_DIGEST):
        raise HTTPException(401)
    body = json.dumps(asked.model_dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(body.encode()).digest()
    own = f"jny_{uuid.uuid4().hex}"
    someone = asked.borrower
    async with app.state.pool.acquire() as connection, connection.transaction():
        made = await connection.fetchval(
            "INSERT INTO application (id, idempotency_key, request_digest, reference, product, name, id_number, phone)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (idempotency_key) DO NOTHING RETURNING id",
            own, idempotency_key, digest, asked.reference, asked.product, someone.name, someone.id_number, someone.phone,
        )
        if made is None:
            known = await connection.fetchrow(
                "SELECT id, request_digest FROM application WHERE idempotency_key = $1", idempotency_key
            )
            if known["request_digest"] != digest:
                raise HTTPException(409, "idempotency_key_reused")
            response.status_code = 200
            return {"id": known["id"], "state": "waiting_price"}
        fact = json.dumps({"kind": "opened", "case": own, "digest": digest.hex()}, separators=(",", ":"))
        await connection.execute(
            "INSERT INTO evidence (application, kind, body, digest) VALUES ($1, 'opened', $2, $3)",
            own, fact, hashlib.sha256(fact.encode()).digest(),
        )
        await connection.execute("INSERT INTO job (kind, payload) VALUES ('expire', $1)", json.dumps({"id": own}))
    return {"id": own, "state": "waiting_price"}
