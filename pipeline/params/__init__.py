"""params.yaml -> Params: frozen, checked; a file for each section, `whole` reads them all."""
