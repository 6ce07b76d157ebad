"""What an address asked for."""


def asked_of(test):
    return {name: value[-1] if isinstance(value, list) else value for name, value in test.query_params.items()}
