"""The dashboard: ``streamlit run streamlit_app.py``, or ``workbench dashboard``."""

from workbench.dashboard.app import main

main()
