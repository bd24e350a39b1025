//! Which Redis, and connections to it: one server, the master that sentinels name, or a cluster.

use std::{net::IpAddr, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    ProtocolVersion, RedisResult, TlsCertificates, Value, aio::MultiplexedConnection,
    cluster::ClusterClient, cluster_async::ClusterConnection, cmd, io::tcp::TcpSettings,
};

use crate::error::Error;

/// One attempt to connect, everything included.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);

/// Where Redis is.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    place: Place,
    authority: Option<Vec<u8>>,
}

#[derive(Clone, Debug)]
enum Place {
    Server(ConnectionInfo),
    /// `service` is what the sentinels call the master, `master` how to connect to it but for its address.
    Sentinels {
        sentinels: Vec<ConnectionInfo>,
        service: String,
        master: ConnectionInfo,
    },
    Cluster(Vec<ConnectionInfo>),
}

/// Connections to the server that has the log, and to where entries are.
pub(crate) struct Connections {
    /// For lookups and what is appended to the log.
    pub(crate) commands: MultiplexedConnection,
    /// For waiting.
    pub(crate) tail: MultiplexedConnection,
    /// For entries that are written, so that no lookup waits behind them.
    pub(crate) writes: MultiplexedConnection,
    /// For entries, where they are not all on one server.
    pub(crate) cluster: Option<ClusterConnection>,
}

impl Address {
    /// Reads one of
    ///
    /// - `redis[s]://[user][:password@]host[:port][/database]`,
    /// - `redis[s]-sentinel://[user][:password@]host[:port][,host[:port]…]/service[/database]`,
    /// - `redis[s]-cluster://[user][:password@]host[:port][,host[:port]…]`;
    ///
    /// with `rediss` over TLS. User and password are the server's; sentinels are asked without.
    pub(crate) fn parse(url: &str, authority: Option<Vec<u8>>) -> Result<Self, Error> {
        let place = match url.split_once("://") {
            Some((scheme @ ("redis-sentinel" | "rediss-sentinel"), rest)) => {
                Place::sentinels(scheme.trim_end_matches("-sentinel"), rest)?
            }
            Some((scheme @ ("redis-cluster" | "rediss-cluster"), rest)) => {
                Place::cluster(scheme.trim_end_matches("-cluster"), rest)?
            }
            _ => Place::Server(server(url)?),
        };
        Ok(Self { place, authority })
    }

    /// Connects anew.
    pub(crate) async fn connect(&self) -> RedisResult<Connections> {
        match &self.place {
            Place::Server(server) => self.connect_to(server, None).await,
            Place::Sentinels {
                sentinels,
                service,
                master,
            } => {
                let found = self.ask_sentinels(sentinels, service, master).await?;
                self.connect_to(&found, None).await
            }
            Place::Cluster(nodes) => {
                let cluster = self.connect_cluster(nodes).await?;
                self.connect_to(&nodes[0], Some(cluster)).await
            }
        }
    }

    /// Connects to the server of a cluster that has `key`; to the same one as `connected` elsewhere.
    pub(crate) async fn connect_for(&self, key: &[u8]) -> RedisResult<Connections> {
        let Place::Cluster(nodes) = &self.place else {
            return self.connect().await;
        };
        let mut last = failure("no node of the cluster answers");
        for node in nodes {
            match self.owner(node, key).await {
                Ok(owner) => {
                    let cluster = self.connect_cluster(nodes).await?;
                    return self.connect_to(&owner, Some(cluster)).await;
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn connect_to(
        &self,
        server: &ConnectionInfo,
        cluster: Option<ClusterConnection>,
    ) -> RedisResult<Connections> {
        let client = self.client(server)?;
        let (commands, tail, writes) =
            futures::future::try_join3(connect(&client), connect(&client), connect(&client))
                .await?;
        Ok(Connections {
            commands,
            tail,
            writes,
            cluster,
        })
    }

    async fn connect_cluster(&self, nodes: &[ConnectionInfo]) -> RedisResult<ClusterConnection> {
        let mut builder = ClusterClient::builder(nodes.to_vec())
            .connection_timeout(CONNECT)
            .response_timeout(CONNECT)
            .tcp_settings(quick())
            .retries(1);
        if self.authority.is_some() {
            builder = builder.certs(self.certificates());
        }
        builder.build()?.get_async_connection().await
    }

    /// The master that the first sentinel which answers names.
    async fn ask_sentinels(
        &self,
        sentinels: &[ConnectionInfo],
        service: &str,
        master: &ConnectionInfo,
    ) -> RedisResult<ConnectionInfo> {
        let mut last = failure("no sentinel knows the master");
        for sentinel in sentinels {
            let asked = async {
                let mut connection = connect(&self.client(sentinel)?).await?;
                let answer: Option<(String, u16)> = cmd("SENTINEL")
                    .arg("get-master-addr-by-name")
                    .arg(service)
                    .query_async(&mut connection)
                    .await?;
                answer.ok_or_else(|| failure("the sentinel does not know the master"))
            };
            // One that hangs leaves time for the others.
            let time = CONNECT / (sentinels.len() as u32 + 1);
            match tokio::time::timeout(time, asked).await {
                Ok(Ok((host, port))) => return Ok(at(master, host, port)),
                Ok(Err(error)) => last = error,
                Err(_) => last = failure("the sentinel does not answer"),
            }
        }
        Err(last)
    }

    /// The master that has the slot of `key`, as `node` knows it.
    async fn owner(&self, node: &ConnectionInfo, key: &[u8]) -> RedisResult<ConnectionInfo> {
        let mut connection = connect(&self.client(node)?).await?;
        let slot: i64 = cmd("CLUSTER")
            .arg("KEYSLOT")
            .arg(key)
            .query_async(&mut connection)
            .await?;
        let slots: Vec<Value> = cmd("CLUSTER")
            .arg("SLOTS")
            .query_async(&mut connection)
            .await?;
        let owner = slots.into_iter().find_map(|range| match range {
            Value::Array(range) => match &range[..] {
                [
                    Value::Int(first),
                    Value::Int(last),
                    Value::Array(master),
                    ..,
                ] if (*first..=*last).contains(&slot) => match &master[..] {
                    [Value::BulkString(host), Value::Int(port), ..] => {
                        Some((String::from_utf8_lossy(host).into_owned(), *port))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
        let (host, port) = owner.ok_or_else(|| failure("nobody has the slot of the log"))?;
        match host.is_empty() {
            // A node that does not know its own address: the one it was reached at.
            true => Ok(node.clone()),
            false => Ok(at(node, host, port.try_into().unwrap_or(0))),
        }
    }

    fn client(&self, server: &ConnectionInfo) -> RedisResult<Client> {
        match &self.authority {
            Some(_) => Client::build_with_tls(server.clone(), self.certificates()),
            None => Client::open(server.clone()),
        }
    }

    fn certificates(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: None,
            root_cert: self.authority.clone(),
        }
    }
}

impl Place {
    fn sentinels(scheme: &str, rest: &str) -> Result<Self, Error> {
        let (user, hosts, path) = parts(rest);
        let (service, database) = path.split_once('/').unwrap_or((path, ""));
        if service.is_empty() {
            return Err(Error::url("the name of the master is missing (…/service)"));
        }
        let sentinels = hosts
            .split(',')
            .map(|host| server(&format!("{scheme}://{}", with_port(host, 26379))));
        // The host stands for the one that the sentinels will name.
        let master = server(&format!("{scheme}://{user}localhost/{database}"))?;
        Ok(Self::Sentinels {
            sentinels: sentinels.collect::<Result<_, _>>()?,
            service: service.to_owned(),
            master,
        })
    }

    fn cluster(scheme: &str, rest: &str) -> Result<Self, Error> {
        let (user, hosts, _) = parts(rest);
        let nodes = hosts
            .split(',')
            .map(|host| server(&format!("{scheme}://{user}{host}")));
        Ok(Self::Cluster(nodes.collect::<Result<_, _>>()?))
    }
}

async fn connect(client: &Client) -> RedisResult<MultiplexedConnection> {
    // Every call has its own time limit: a read that waits must take longer than others may.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(None);
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

fn server(url: &str) -> Result<ConnectionInfo, Error> {
    let info = url.into_connection_info();
    let info = info.map_err(|error| Error::url(error.to_string()))?;
    // Replies are read as RESP2 has them.
    let settings = info.redis_settings().clone();
    let settings = settings.set_protocol(ProtocolVersion::RESP2);
    let info = info.set_redis_settings(settings);
    Ok(info.set_tcp_settings(quick()))
}

/// Small commands are sent at once, and not held back until others were answered.
fn quick() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// `info` with another host and port.
fn at(info: &ConnectionInfo, new_host: String, new_port: u16) -> ConnectionInfo {
    let mut address = info.addr().clone();
    match &mut address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            *host = new_host;
            *port = new_port;
        }
        _ => address = ConnectionAddr::Tcp(new_host, new_port),
    }
    info.clone().set_addr(address)
}

/// `user:password@` (or nothing), hosts and path.
fn parts(rest: &str) -> (&str, &str, &str) {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    (user, hosts, path.trim_end_matches('/'))
}

fn with_port(host: &str, port: u16) -> String {
    let is_bare_v6 = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6());
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match (is_bare_v6, has_port) {
        (true, _) => format!("[{host}]:{port}"),
        (_, true) => host.to_owned(),
        _ => format!("{host}:{port}"),
    }
}

pub(crate) fn failure(message: &'static str) -> redis::RedisError {
    (redis::ErrorKind::Io, message).into()
}

#[cfg(test)]
mod tests;
