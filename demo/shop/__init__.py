"""A tea shop that reports its errors with the ordinary Sentry SDK. It knows nothing of Tocsin but a DSN."""
