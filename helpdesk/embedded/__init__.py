"""PostgreSQL and Valkey as child processes, for the demo and the tests; never for production."""
