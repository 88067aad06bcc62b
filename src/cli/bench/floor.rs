//! The floor: what the same deliveries cost a program that does nothing but write to sockets.

use super::process::Process;
use crate::{cli::error::CliError, model::EventId, sse::encode};
use clap::Args;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

/// Serves so many subscribers and one publisher, and ends with that.
#[derive(Debug, Args)]
pub(super) struct Floor {
    subscribers: usize,
}

/// What a message to the floor begins with: the number of its channel and its size.
pub(super) fn head(channel: u32, size: u32) -> [u8; 8] {
    let mut head = [0; 8];
    let (first, second) = head.split_at_mut(4);
    first.copy_from_slice(&channel.to_be_bytes());
    second.copy_from_slice(&size.to_be_bytes());
    head
}

/// A floor in a process of its own.
pub(super) struct Running {
    child: Child,
    pub url: String,
}

impl Running {
    /// Starts one, on the same processors as the server that it is compared with.
    pub fn start(subscribers: usize, server: Option<Process>) -> Result<Self, CliError> {
        let program = std::env::current_exe().map_err(CliError::Runtime)?;
        let mut command = match server.and_then(Process::processors) {
            Some(processors) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &processors]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["bench", "floor"]).arg(subscribers.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(CliError::Runtime)?;
        let mut url = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut url).map_err(CliError::Runtime)?;
        }
        Ok(Self { child, url: url.trim().to_owned() })
    }

    pub fn process(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Floor {
    pub fn run(&self) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
        let mut channels: Vec<Vec<TcpStream>> = Vec::new();
        for _ in 0..self.subscribers {
            let (mut socket, channel) = accept(&listener)?;
            socket.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
            )?;
            channels.resize_with(channels.len().max(channel + 1), Vec::new);
            if let Some(sockets) = channels.get_mut(channel) {
                sockets.push(socket);
            }
        }
        let (mut publisher, _) = listener.accept()?;
        let mut head = [0; 8];
        while publisher.read_exact(&mut head).is_ok() {
            let [a, b, c, d, size @ ..] = head;
            let mut data = vec![0; u32::from_be_bytes(size) as usize];
            publisher.read_exact(&mut data)?;
            let block =
                encode::event(EventId::new(1_767_225_600_000, 0), None, &String::from_utf8_lossy(&data));
            let chunk = [format!("{:x}\r\n", block.len()).as_bytes(), &block, b"\r\n"].concat();
            for socket in channels.get_mut(u32::from_be_bytes([a, b, c, d]) as usize).into_iter().flatten() {
                socket.write_all(&chunk)?;
            }
        }
        Ok(())
    }
}

/// A subscriber: its path is the number of its channel.
fn accept(listener: &TcpListener) -> io::Result<(TcpStream, usize)> {
    let (socket, _) = listener.accept()?;
    socket.set_nodelay(true)?;
    let mut reader = BufReader::new(socket);
    let (mut line, mut channel) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        if let Some(path) = line.strip_prefix("GET /") {
            channel = path.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        }
        line.clear();
    }
    Ok((reader.into_inner(), channel))
}
