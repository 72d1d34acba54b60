//! TCP sockets for programs whose engine grants them. The sockets live here, the program knows them by number: a session that was
//! copied or restored has none, and its operations fail as those on a closed socket do.

use super::data::Data;
use super::error::Exception;
use super::function::Operation;
use async_io::Async;
use std::collections::HashMap;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Linux's number of "Bad file descriptor".
const BAD_DESCRIPTOR: i64 = 9;
/// Numbers of the system's that are taken when a program begins: its sockets' numbers look as CPython's do.
const FIRST: i64 = 6;

/// The sockets of one session.
#[derive(Default)]
pub(crate) struct Network(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    sockets: HashMap<i64, Socket>,
    /// Who waits for connections.
    accepting: Vec<Waker>,
}

#[derive(Clone)]
enum Socket {
    Listener(Arc<Async<TcpListener>>),
    Stream(Arc<Async<TcpStream>>),
    /// A number is taken, and nothing else is known yet.
    Connecting,
}

/// A number that is given back when nobody connects any more.
struct Reserved(Arc<Mutex<Table>>, i64);

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut table = lock(&self.0);
        if let Some(Socket::Connecting) = table.sockets.get(&self.1) {
            table.sockets.remove(&self.1);
        }
    }
}

impl Table {
    /// Adds a socket under the lowest free number.
    fn add(&mut self, socket: Socket) -> i64 {
        let mut number = FIRST;
        while self.sockets.contains_key(&number) {
            number += 1;
        }
        self.sockets.insert(number, socket);
        number
    }
}

impl Network {
    /// Answers a question that needs no waiting. An error of the system is a tuple of its number and its text.
    pub(crate) fn ask(&self, granted: bool, args: &[Data]) -> Result<Data, Exception> {
        let what = granted_name(granted, args)?;
        let table = || lock(&self.0);
        Ok(match (what, &args[1..]) {
            ("listen", [Data::Int(number), Data::Int(backlog)]) => {
                match table().sockets.get(number) {
                    Some(Socket::Listener(listener)) => socket2::SockRef::from(listener.get_ref())
                        .listen(i32::try_from(*backlog).unwrap_or(i32::MAX))
                        .map_or_else(|error| failure(&error), |()| Data::None),
                    Some(Socket::Stream(_) | Socket::Connecting) | None => closed(),
                }
            }
            ("bind", [Data::Str(host), Data::Int(port)]) => match bind(host, *port) {
                Ok(listener) => Data::Int(table().add(Socket::Listener(Arc::new(listener)))),
                Err(error) => failure(&error),
            },
            ("send", [Data::Int(number), Data::Bytes(bytes)]) => {
                let Some(Socket::Stream(stream)) = table().sockets.get(number).cloned() else {
                    return Ok(closed());
                };
                match (&mut stream.get_ref()).write(bytes) {
                    Ok(count) => Data::Int(count as i64),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => Data::Int(0),
                    Err(error) => failure(&error),
                }
            }
            ("names", [Data::Int(number)]) => match table().sockets.get(number) {
                Some(Socket::Listener(listener)) => Data::List(vec![
                    listener.get_ref().local_addr().map_or(Data::None, address),
                    Data::None,
                ]),
                Some(Socket::Stream(stream)) => Data::List(vec![
                    stream.get_ref().local_addr().map_or(Data::None, address),
                    stream.get_ref().peer_addr().map_or(Data::None, address),
                ]),
                Some(Socket::Connecting) | None => closed(),
            },
            ("shutdown", [Data::Int(number)]) => match table().sockets.get(number) {
                Some(Socket::Stream(stream)) => stream
                    .get_ref()
                    .shutdown(Shutdown::Write)
                    .map_or_else(|error| failure(&error), |()| Data::None),
                Some(Socket::Listener(_) | Socket::Connecting) | None => closed(),
            },
            ("close", [Data::Int(number)]) => {
                table().sockets.remove(number);
                Data::None
            }
            _ => return Err(unknown(what)),
        })
    }

    /// Begins what takes its time.
    pub(crate) fn start(&self, granted: bool, args: &[Data]) -> Result<Operation, Exception> {
        let what = granted_name(granted, args)?;
        let table = Arc::clone(&self.0);
        let socket = |number: &i64| {
            let table = lock(&self.0);
            table.sockets.get(number).cloned()
        };
        let add = move |socket: Socket| Data::Int(lock(&table).add(socket));
        Ok(match (what, &args[1..]) {
            ("resolve", [Data::Str(host), Data::Int(port)]) => {
                let (host, port) = (host.clone(), *port as u16);
                Box::pin(async move { Ok(resolve(host, port).await) })
            }
            ("connect", [Data::Str(host), Data::Int(port)]) => {
                let target = parse(host, *port);
                let number = lock(&self.0).add(Socket::Connecting);
                let reserved = Reserved(Arc::clone(&self.0), number);
                Box::pin(async move {
                    Ok(match connect(target, &reserved.0).await {
                        Ok(stream) => {
                            let stream = Socket::Stream(Arc::new(stream));
                            lock(&reserved.0).sockets.insert(number, stream);
                            Data::Int(number)
                        }
                        Err(error) => failure(&error),
                    })
                })
            }
            ("accept", [Data::Int(number)]) => {
                let Some(Socket::Listener(listener)) = socket(number) else {
                    return Ok(Box::pin(async { Ok(closed()) }));
                };
                let accepting = Arc::clone(&self.0);
                Box::pin(async move {
                    Ok(match accept(&listener, &accepting).await {
                        Ok(stream) => add(Socket::Stream(Arc::new(stream))),
                        Err(error) => failure(&error),
                    })
                })
            }
            ("read", [Data::Int(number), Data::Int(count)]) => {
                let Some(Socket::Stream(stream)) = socket(number) else {
                    return Ok(Box::pin(async { Ok(closed()) }));
                };
                let mut buffer = vec![0; usize::try_from(*count).unwrap_or(0).min(1 << 20)];
                Box::pin(async move {
                    let read = poll_fn(|context| {
                        ready(
                            || (&mut stream.get_ref()).read(&mut buffer),
                            || stream.poll_readable(context),
                        )
                    });
                    Ok(match read.await {
                        Ok(count) => {
                            buffer.truncate(count);
                            Data::Bytes(buffer)
                        }
                        Err(error) => failure(&error),
                    })
                })
            }
            ("send", [Data::Int(number), Data::Bytes(bytes)]) => {
                let Some(Socket::Stream(stream)) = socket(number) else {
                    return Ok(Box::pin(async { Ok(closed()) }));
                };
                let bytes = bytes.clone();
                Box::pin(async move {
                    let sent = poll_fn(|context| {
                        ready(
                            || (&mut stream.get_ref()).write(&bytes),
                            || stream.poll_writable(context),
                        )
                    });
                    Ok(match sent.await {
                        Ok(count) => Data::Int(count as i64),
                        Err(error) => failure(&error),
                    })
                })
            }
            _ => return Err(unknown(what)),
        })
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does it, or waits until it can be done. It is tried at every poll, also when nobody was woken: under virtual time that is how a session
/// sees all that has arrived before it lets time go on.
fn ready<T>(
    mut attempt: impl FnMut() -> io::Result<T>,
    mut wait: impl FnMut() -> Poll<io::Result<()>>,
) -> Poll<io::Result<T>> {
    loop {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => match wait() {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            },
            result => return Poll::Ready(result),
        }
    }
}

fn bind(host: &str, port: i64) -> io::Result<Async<TcpListener>> {
    let target = parse(host, port)?;
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(target),
        socket2::Type::STREAM,
        Some(socket2::Protocol::TCP),
    )?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if target.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&target.into())?;
    Async::new(socket.into())
}

async fn accept(
    listener: &Async<TcpListener>,
    table: &Mutex<Table>,
) -> io::Result<Async<TcpStream>> {
    let accepted = poll_fn(|context| {
        let result = ready(
            || listener.get_ref().accept(),
            || listener.poll_readable(context),
        );
        if result.is_pending() {
            let mut table = lock(table);
            let waker = context.waker();
            if !table.accepting.iter().any(|it| it.will_wake(waker)) {
                table.accepting.push(waker.clone());
            }
        }
        result
    });
    let (stream, _) = accepted.await?;
    prepared(stream)
}

async fn connect(
    target: io::Result<SocketAddr>,
    table: &Mutex<Table>,
) -> io::Result<Async<TcpStream>> {
    let target = target?;
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(target),
        socket2::Type::STREAM,
        Some(socket2::Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    if let Err(error) = socket.connect(&target.into())
        && error.kind() != ErrorKind::WouldBlock
        && !is_in_progress(&error)
    {
        return Err(error);
    }
    let stream = prepared(socket.into())?;
    // A server of the same program sees a connection before its client does, as in CPython.
    let mut looked = false;
    poll_fn(|context| {
        if std::mem::replace(&mut looked, true) {
            return Poll::Ready(());
        }
        let mut table = lock(table);
        table.accepting.drain(..).for_each(Waker::wake);
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    let connected = |context: &mut Context<'_>| {
        ready(
            || match stream.get_ref().take_error()? {
                Some(error) => Err(error),
                None => match stream.get_ref().peer_addr() {
                    Ok(_) => Ok(()),
                    Err(_) => Err(ErrorKind::WouldBlock.into()),
                },
            },
            || stream.poll_writable(context),
        )
    };
    poll_fn(connected).await?;
    Ok(stream)
}

/// Linux's EINPROGRESS, and macOS's.
fn is_in_progress(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(115 | 36))
}

fn prepared(stream: TcpStream) -> io::Result<Async<TcpStream>> {
    stream.set_nodelay(true)?;
    Async::new(stream)
}

/// The addresses of a host, found on a thread of their own if it is a name.
async fn resolve(host: String, port: u16) -> Data {
    if let Ok(address) = parse(&host, port.into()) {
        return found(&mut std::iter::once(address));
    }
    if host == "localhost"
        && let Ok(mut addresses) = (&*host, port).to_socket_addrs()
    {
        return found(&mut addresses);
    }
    let place: Arc<Mutex<(Option<Data>, Option<std::task::Waker>)>> = Arc::default();
    let theirs = Arc::clone(&place);
    std::thread::spawn(move || {
        let answer = match (&*host, port).to_socket_addrs() {
            Ok(mut addresses) => found(&mut addresses),
            Err(error) => failure(&error),
        };
        let mut place = theirs.lock().unwrap_or_else(PoisonError::into_inner);
        place.0 = Some(answer);
        if let Some(waker) = place.1.take() {
            waker.wake();
        }
    });
    poll_fn(move |context| {
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        match place.0.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                place.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

fn found(addresses: &mut dyn Iterator<Item = SocketAddr>) -> Data {
    Data::List(addresses.map(address).collect())
}

fn parse(host: &str, port: i64) -> io::Result<SocketAddr> {
    let port = u16::try_from(port).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    let address = host
        .parse::<std::net::IpAddr>()
        .map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    Ok(SocketAddr::new(address, port))
}

/// As Python has addresses: two parts, or four for version 6.
fn address(address: SocketAddr) -> Data {
    let mut parts = vec![
        Data::Str(address.ip().to_string()),
        Data::Int(address.port().into()),
    ];
    if let SocketAddr::V6(address) = address {
        parts.push(Data::Int(address.flowinfo().into()));
        parts.push(Data::Int(address.scope_id().into()));
    }
    Data::Tuple(parts)
}

fn granted_name(granted: bool, args: &[Data]) -> Result<&str, Exception> {
    let Some(Data::Str(what)) = args.first() else {
        return Err(Exception::new(
            "TypeError",
            "the network is asked by a name",
        ));
    };
    match granted {
        true => Ok(what),
        false => Err(Exception::new(
            "PermissionError",
            "the host does not grant this program the network",
        )),
    }
}

fn unknown(what: &str) -> Exception {
    Exception::new("ValueError", format!("the network can't do {what:?}"))
}

fn closed() -> Data {
    Data::Tuple(vec![
        Data::Int(BAD_DESCRIPTOR),
        Data::Str("Bad file descriptor".to_owned()),
    ])
}

fn failure(error: &io::Error) -> Data {
    let message = error.to_string();
    let message = message.split(" (os error").next().unwrap_or_default();
    // A name that is not found has no number.
    let (number, message) = match message.rsplit_once("lookup address information: ") {
        Some((_, message)) => (-2, message),
        None => (error.raw_os_error().unwrap_or(22), message),
    };
    Data::Tuple(vec![
        Data::Int(number.into()),
        Data::Str(message.to_owned()),
    ])
}
