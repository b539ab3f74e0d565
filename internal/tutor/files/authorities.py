# Writes the certificates that servers are checked against into a folder of the pod. Those of MySQL are fetched each time:
# the cloud adds to them, and they are too many to be carried along.
import os
import pathlib
import time
import urllib.request

folder = pathlib.Path(os.environ["AUTHORITIES"])
attempts = int(os.environ.get("ATTEMPTS", "20"))


def fetch(url):
    for attempt in range(1, attempts + 1):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read().decode()
        except OSError as error:
            print(f"{url}: {error}", flush=True)
            if attempt == attempts:
                raise SystemExit(1)
            time.sleep(attempt)


def keep(name, text):
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise SystemExit(f"{name}: no certificate")
    (folder / name).write_text(text)


for store in ("mysql", "mongodb"):
    url, text = os.environ.get(f"{store.upper()}_AUTHORITY_URL"), os.environ.get(f"{store.upper()}_AUTHORITY")
    if url or text:
        keep(f"{store}.pem", text or fetch(url))
