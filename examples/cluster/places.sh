# Where the cluster is, and what all three commands need. Read by them, not run.
# Each of these can be set beforehand, to have a second cluster on the same machine.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
home=${RELAISMQ_CLUSTER:-$repository/target/cluster}

read -ra client_ports <<< "${RELAISMQ_ZOOKEEPER_PORTS:-2181 2182 2183}"
read -ra peer_ports <<< "${RELAISMQ_ZOOKEEPER_PEER_PORTS:-2888 2889 2890}"
read -ra election_ports <<< "${RELAISMQ_ZOOKEEPER_ELECTION_PORTS:-3888 3889 3890}"
read -ra broker_ports <<< "${RELAISMQ_BROKER_PORTS:-61616 61617 61618}"
read -ra admin_ports <<< "${RELAISMQ_ADMIN_PORTS:-8161 8162 8163}"

zookeeper_jar=${RELAISMQ_ZOOKEEPER_JAR:-/usr/share/java/zookeeper.jar}
numbers=(1 2 3)

zookeeper_address() {
    printf '127.0.0.1:%s,127.0.0.1:%s,127.0.0.1:%s' "${client_ports[@]}"
}

failover_uri() {
    printf 'failover:(tcp://127.0.0.1:%s,tcp://127.0.0.1:%s,tcp://127.0.0.1:%s)' "${broker_ports[@]}"
}

# Whether something listens on a port of this machine.
listens() {
    (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

# What a server of ZooKeeper says to four letters: four_letters PORT WORD
four_letters() {
    exec 3<> "/dev/tcp/127.0.0.1/$1" || return 1
    printf '%s' "$2" >&3
    timeout 5 cat <&3
    exec 3>&-
} 2> /dev/null

# When a process began, in the system's own counting: a number that was given to another process since then
# is told from the first one by this.
began() {
    local stat
    stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 1
    stat=${stat##*) }
    cut -d ' ' -f 20 <<< "$stat"
}

# Whether what was started under a name still runs: runs NAME; sets $id.
runs() {
    local begin
    read -r id begin 2> /dev/null < "$home/$1/process" || return 1
    [ "$(began "$id")" = "$begin" ]
}
