#!/bin/bash
# The secret files belong to one user of the host, mode 600. Root reads them here, before the image's own start script drops to a user
# that could not.
set -eu
MYSQL_PASSWORD=$(cat /run/secrets/db_password)
MYSQL_ROOT_PASSWORD=$(cat /run/secrets/db_root_password)
export MYSQL_PASSWORD MYSQL_ROOT_PASSWORD
# The services make triggers, which a user without SUPER may only with this while the binary log is on.
exec docker-entrypoint.sh mysqld --max-connections=500 --log-bin-trust-function-creators=1
