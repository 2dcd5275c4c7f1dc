"""Names that tests call the model and its deployments by."""

MODEL = "acme/precis"
