"""What the sandbox lets in. Published on purpose: they open nothing else."""

SF_CLIENT_ID = "sandbox-client"
SF_CLIENT_SECRET = "sandbox-secret"
SF_USERNAME = "admin@sandbox.example"
SF_PASSWORD = "sandbox-password"
SF_SECURITY_TOKEN = "sandbox-token"
HS_TOKEN = "pat-sandbox-0000-1111"
PROVIDER_KEY = "sandbox-provider-key"
