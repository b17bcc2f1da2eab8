#!/usr/bin/env bash
# Runs a systemd --user of its own for the user id $1 until its input ends, then leaves nothing behind.
#
# It lives in a mount namespace with a /home, a /run and a /tmp of its own, in a process namespace that ends with it, and
# in control groups of its own. The user needs no entry anywhere. Ends with 77 where the machine does not let it.
set -euo pipefail
uid=$1

impossible() {
    echo "$1"
    exit 77
}

as_user() {
    setpriv --reuid="$uid" --regid="$uid" --clear-groups --inh-caps=-all "$@"
}

if [ "${2-}" != inside ]; then
    [ "$(id -u)" = 0 ] || impossible 'only root can set it up'
    [ -x /lib/systemd/systemd ] || impossible 'there is no systemd here'
    groups=()
    leave() {
        for group in "${groups[@]}"; do
            # The last processes may take a moment to be gone.
            for _ in {1..100}; do
                find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
                if [ ! -e "$group" ]; then break; fi
                sleep 0.05
            done
        done
    }
    trap leave EXIT
    # The one tree of version 2, or the two that systemd looks at where version 1 is mounted too.
    while IFS=: read -r number kind path; do
        case $number:$kind in
        0:) for root in /sys/fs/cgroup/unified /sys/fs/cgroup; do
            if [ -e "$root/cgroup.procs" ]; then break; fi
        done ;;
        *:name=systemd) root=/sys/fs/cgroup/systemd ;;
        *) continue ;;
        esac
        group=$root${path%/}/syncd-test-$uid
        mkdir "$group" 2>/dev/null || impossible "no control group can be made in $root${path%/}"
        groups+=("$group")
        for file in . cgroup.procs cgroup.threads cgroup.subtree_control tasks; do
            if [ -e "$group/$file" ]; then chown "$uid" "$group/$file"; fi
        done
    done </proc/self/cgroup
    unshare --mount --pid true 2>/dev/null || impossible 'no namespaces can be made'
    as_user unshare --user --map-root-user --mount true 2>/dev/null || impossible 'users cannot make namespaces'
    code=0
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        "$BASH" "$0" "$uid" inside "${groups[@]}" || code=$?
    exit "$code"
fi

shift 2
for group; do echo 0 >"$group/cgroup.procs"; done
runtime=/run/user/$uid
home=/home/syncd-test
# systemd takes it for a machine that it runs if this folder exists, and needs the other two to mount for a service.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/systemd/unit-root /run/credentials "$runtime"
mount -t tmpfs -o mode=755 tmpfs /home
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir "$home"
chown "$uid:$uid" "$runtime" "$home"
chmod 700 "$runtime" "$home"

cd /
as_user env -i HOME="$home" XDG_RUNTIME_DIR="$runtime" PATH=/usr/bin:/bin SHELL=/bin/sh \
    /lib/systemd/systemd --user </dev/null &
manager=$!
until [ -S "$runtime/systemd/private" ]; do
    kill -0 "$manager" 2>/dev/null || impossible 'systemd --user does not start'
    sleep 0.02
done
echo ready
# Until whoever started this is gone or wants no more.
cat >/dev/null
