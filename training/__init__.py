"""How what ships with the workbench was trained. No part of the package: no wheel holds it."""
