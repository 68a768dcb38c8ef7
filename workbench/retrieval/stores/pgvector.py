"""PostgreSQL with the extension pgvector: a table for each index."""

from __future__ import annotations

from workbench.models.api_key import NO_KEY
from workbench.retrieval.stores.collection import Adapter, Opening

#: What PostgreSQL looks through to propose 200 passages of a large table, and how its graph is
#: built (pgvector's own values).
HNSW = {"hnsw_m": 16, "hnsw_ef_construction": 64, "hnsw_ef_search": 400}
#: Numbers of a vector above which pgvector builds no graph.
LONGEST = 2000


def opened(opening: Opening) -> Adapter:
    """The adapter: every vector is compared, beyond as many passages as with FAISS an HNSW graph.

    The extension is created where the user may, and found where it is there.
    """
    import sqlalchemy
    from llama_index.vector_stores.postgres import PGVectorStore

    spec = opening.spec
    base = sqlalchemy.engine.make_url(spec.url).set(
        username=spec.user, password=None if opening.key == NO_KEY else opening.key
    )
    waiting = str(max(1, round(spec.timeout_s)))
    plain = base.set(drivername="postgresql+psycopg2", query={"connect_timeout": waiting})
    graph = opening.many and opening.dimension <= LONGEST
    store = PGVectorStore(
        # Written out: llama-index turns a URL into text, which hides its password.
        connection_string=plain.render_as_string(hide_password=False),
        async_connection_string=base.set(drivername="postgresql+asyncpg").render_as_string(
            hide_password=False
        ),
        table_name=opening.name,
        schema_name="public",
        embed_dim=opening.dimension,
        hnsw_kwargs=dict(HNSW) if graph else None,
    )
    engine = sqlalchemy.create_engine(plain, poolclass=sqlalchemy.pool.NullPool)
    table = f"public.data_{opening.name}"

    def holds() -> tuple[int, int] | None:
        with engine.connect() as connection:
            length = connection.execute(
                sqlalchemy.text(
                    "SELECT atttypmod FROM pg_attribute "
                    "WHERE attrelid = to_regclass(:table) AND attname = 'embedding'"
                ),
                {"table": table},
            ).scalar()
            if length is None:
                return None
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()), length

    return Adapter(store, holds, (sqlalchemy.exc.SQLAlchemyError,))
