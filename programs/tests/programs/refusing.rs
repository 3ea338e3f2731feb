//! A broker that refuses the login.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{CONSUMER, PRODUCER, support::run};

/// Options by which frames are plain: no tight encoding, no cache, no stack traces.
const PLAIN: &str = "wireFormat.tightEncodingEnabled=false&wireFormat.cacheEnabled=false\
    &wireFormat.stackTraceEnabled=false";
const CONNECTION_INFO: u8 = 3;
const EXCEPTION_RESPONSE: u8 = 31;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_end_with_5_and_the_brokers_words() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("failover:(tcp://{}?{PLAIN})", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(refuse(stream));
        }
    });
    for program in [PRODUCER, CONSUMER] {
        let login = ["--user", "app", "--password", "-wrong-"];
        let arguments = [&["--brokerUrl", &uri], &login[..]].concat();
        let ended = run(program, &arguments).await.expect(5);
        assert!(ended.stderr.contains("User name [app] or password is invalid"), "{ended:?}");
        assert!(!ended.stderr.contains("-wrong-"), "{ended:?}");
    }
}

/// Introduces itself as the client does, then refuses the login.
async fn refuse(mut stream: TcpStream) -> std::io::Result<()> {
    let hello = frame(&mut stream).await?;
    write(&mut stream, &hello).await?;
    loop {
        let command = frame(&mut stream).await?;
        if command.first() == Some(&CONNECTION_INFO) {
            let mut answer = vec![EXCEPTION_RESPONSE, 0, 0, 0, 0, 0];
            answer.extend(&command[1..5]);
            answer.push(1);
            for text in ["java.lang.SecurityException", "User name [app] or password is invalid."] {
                answer.push(1);
                answer.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
                answer.extend(text.as_bytes());
            }
            write(&mut stream, &answer).await?;
        }
    }
}

async fn frame(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u32().await?;
    let mut frame = vec![0; length.try_into().unwrap()];
    stream.read_exact(&mut frame).await?;
    Ok(frame)
}

async fn write(stream: &mut TcpStream, frame: &[u8]) -> std::io::Result<()> {
    stream.write_u32(u32::try_from(frame.len()).unwrap()).await?;
    stream.write_all(frame).await
}
