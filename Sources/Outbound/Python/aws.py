"""*.amazonaws.com, offline, through moto: https://docs.getmoto.org. Its state is moto's own and goes with the worker."""

HOSTS = ["*.amazonaws.com"]
REQUIREMENTS = ["moto[server,s3,sqs,sns,ses,dynamodb,secretsmanager,ssm]"]

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402

app = DomainDispatcherApplication(create_backend_app)
