//! One stream of random numbers a replicate: a pure function of (key, replicate).
//!
//! The key is 256 bits made from the user's seed and the stage of the computation. ChaCha8 under that key has 2^64
//! independent streams; replicate `i` takes the 256 bits of state of its xoshiro256++ generator from stream `i`.
//! Both generators are portable and named, so that a seed gives the same run on every machine.
//!
//! References: Bernstein (2008), ChaCha, a variant of Salsa20. Blackwell & Vigna (2021), Scrambled linear pseudorandom
//! number generators, ACM Trans. Math. Softw. 47:36, doi:10.1145/3460772.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of one replicate.
pub type Stream = rand_xoshiro::Xoshiro256PlusPlus;

/// Returns the stream of a replicate under a key.
#[must_use]
pub fn stream(key: &[u8; 32], replicate: u64) -> Stream {
    let mut source = ChaCha8Rng::from_seed(*key);
    source.set_stream(replicate);
    Stream::from_rng(&mut source)
}
