"""``python -m yilao`` does what ``yilao`` does."""

import sys

from yilao.cli import main

sys.exit(main())
