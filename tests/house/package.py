"""`sam build` of the functions as they ship, and a table of their sizes: none is more than 5 MB zipped.

With link-time optimisation and without symbols: the linker keeps the unwinding tables of all that was compiled, used or not, and
they and the names of functions would be half of a file.

Arguments: the folder with SAM's and cargo-lambda's programs, the architecture.
"""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Lambda's own limit is ten times as much; a cold start reads every byte.
LARGEST_ZIP = 5_000_000


def main():
    programs, architecture = sys.argv[1:]
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "CARGO_PROFILE_RELEASE_LTO": os.environ.get("CARGO_PROFILE_RELEASE_LTO", "fat"),
        "CARGO_PROFILE_RELEASE_STRIP": os.environ.get("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
    }
    build = ["sam", "build", "--parameter-overrides", f"Architecture={architecture}"]
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    print("| function         | binary  | zip     |\n|------------------|---------|---------|")
    too_large = []
    for binary in sorted((ROOT / ".aws-sam/build").glob("*/bootstrap")):
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(binary, "bootstrap")
        size, name = len(zipped.getvalue()), binary.parent.name
        print(f"| {name:<16} | {binary.stat().st_size / 1e6:4.1f} MB | {size / 1e6:4.2f} MB |")
        too_large += [name] * (size > LARGEST_ZIP)
    assert not too_large, f"more than {LARGEST_ZIP} bytes zipped: {too_large}"


main()
