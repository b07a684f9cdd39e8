"""The thorough profile: ``pytest tests/fuzzing --hypothesis-profile=thorough`` tries 10,000 cases of each property."""

from hypothesis import HealthCheck, settings

# Other cases every time; a case that failed is kept in .hypothesis and tried first the next time
settings.register_profile(
    "thorough",
    max_examples=10_000,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
