#!/bin/bash
# Cassandra acknowledges a write only once its commit log is on disk: with the default (every 10 s) a node that is killed forgets
# writes that it acknowledged. The image has no variable for this, so its configuration is edited before its own start script runs.
set -eu
yaml=/etc/cassandra/cassandra.yaml
sed -i -E -e '/^commitlog_sync(_period|_group_window)?:/d' "$yaml"
printf '%s\n' 'commitlog_sync: batch' >>"$yaml"
# The start script edits these, too, but no longer as root.
chmod u+w "$yaml" /etc/cassandra/cassandra-rackdc.properties
exec docker-entrypoint.sh cassandra -f
