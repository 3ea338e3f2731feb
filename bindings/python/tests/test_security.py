"""Certificates and passwords, with a real ActiveMQ."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import relaismq as mq
from java import ActiveMq

pytestmark = pytest.mark.interop


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """A CA, and certificates of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate, self._key = folder / "ca.pem", folder / "ca.key"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", self._key, "-out", self.certificate, "-subj", "/CN=our CA", "-days", 2),
        )

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate for ``localhost`` or a client, and its key."""
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.txt"
        extensions.write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
        openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", key, "-out", request, "-subj", f"/CN={name}"),
        )
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key),
            *("-CAcreateserial", "-days", 2, "-extfile", extensions, "-out", certificate),
        )
        return certificate, key


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def guarded(authority: Authority) -> Iterator[ActiveMq]:
    """A broker with TLS, which wants certificates of its clients, a user and a password."""
    certificate, key = authority.issue("localhost")
    options = ["--certificate", str(certificate), "--key", str(key)]
    options += ["--clients-of", str(authority.certificate), "--user", "app", "--password", "s3cret"]
    with ActiveMq(scheme="ssl", options=options) as broker:
        yield broker


def test_a_client_with_certificate_and_password_is_let_in(
    guarded: ActiveMq, authority: Authority
) -> None:
    certificate, key = authority.issue("client")
    tls = mq.TLS(ca_file=authority.certificate, cert_file=certificate, key_file=key)
    url = f"failover:(ssl://localhost:{guarded.port})"
    with mq.connect(url, tls=tls, username="app", password=lambda: "s3cret") as connection:
        assert connection.send("q", "secret tea").confirmed
        with connection.consumer("q") as consumer:
            message = consumer.receive(10)
            assert message is not None and message.text == "secret tea"
        assert "s3cret" not in repr(connection)
        assert "ssl://localhost" in repr(connection)


def test_a_wrong_password_is_refused_and_not_tried_for_ever(
    guarded: ActiveMq, authority: Authority
) -> None:
    certificate, key = authority.issue("client")
    tls = mq.TLS(ca_file=authority.certificate, cert_file=certificate, key_file=key)
    url = f"ssl://localhost:{guarded.port}"
    with pytest.raises(mq.AuthenticationError) as caught:
        mq.connect(url, tls=tls, username="app", password="guessed", connect_timeout=20)
    assert isinstance(caught.value, PermissionError)
    assert "guessed" not in str(caught.value)


def test_a_broker_whose_ca_is_unknown_is_refused_with_the_remedy(guarded: ActiveMq) -> None:
    with pytest.raises(mq.ConnectError, match="certificate") as caught:
        mq.connect(f"ssl://localhost:{guarded.port}", connect_timeout=20)
    [failure] = caught.value.brokers
    assert failure.broker == f"ssl://localhost:{guarded.port}" and "caFile" in failure.reason


def test_another_host_than_the_certificate_names_is_refused(
    guarded: ActiveMq, authority: Authority
) -> None:
    tls = mq.TLS(ca_file=authority.certificate)
    with pytest.raises(mq.ConnectError, match="127\\.0\\.0\\.1"):
        mq.connect(f"ssl://127.0.0.1:{guarded.port}", tls=tls, connect_timeout=20)


def test_without_a_certificate_of_our_own_the_broker_refuses(
    guarded: ActiveMq, authority: Authority
) -> None:
    tls = mq.TLS(ca_file=authority.certificate)
    with pytest.raises(mq.ConnectError, match="certificate"):
        mq.connect(f"ssl://localhost:{guarded.port}", tls=tls, connect_timeout=20)


def test_plain_tcp_to_a_port_with_tls_says_so(guarded: ActiveMq) -> None:
    with pytest.raises(mq.ConnectError, match="ssl://"):
        mq.connect(f"tcp://localhost:{guarded.port}", connect_timeout=20)
