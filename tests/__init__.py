"""The tests: they mirror the package; `parts` finds what some of them need beside Python."""
