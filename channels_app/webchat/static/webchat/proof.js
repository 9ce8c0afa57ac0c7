/* The small proof of work that is asked where many new chats come from one address: SHA-256 of "nonce:number". */

const BREATH_MS = 12;
const K = [], START = [];

/** The constants of SHA-256: fractions of the roots of the first primes (FIPS 180-4). */
function prepare() {
  const fraction = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  for (let number = 2; K.length < 64; number += 1) {
    let isPrime = true;
    for (let by = 2; by * by <= number && isPrime; by += 1) isPrime = number % by !== 0;
    if (!isPrime) continue;
    if (START.length < 8) START.push(fraction(Math.sqrt(number)));
    K.push(fraction(Math.cbrt(number)));
  }
}

/** The first word of SHA-256 of a short ASCII text; `crypto.subtle` is missing without TLS, and slow for so little. */
export function firstWord(text) {
  if (!K.length) prepare();
  const words = new Int32Array(((text.length + 8) >> 6) * 16 + 16);
  for (let at = 0; at < text.length; at += 1) words[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  words[words.length - 1] = text.length * 8;
  const state = START.slice();
  for (let at = 0; at < words.length; at += 16) mix(state, words.subarray(at, at + 16));
  return state[0] >>> 0;
}

const turn = (value, by) => (value >>> by) | (value << (32 - by));

function mix(state, block) {
  const w = new Int32Array(64);
  w.set(block);
  for (let at = 16; at < 64; at += 1) {
    const x = w[at - 15], y = w[at - 2];
    w[at] = w[at - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[at - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[at] + w[at]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, at) => { state[at] = (state[at] + value) | 0; });
}

/** A number that makes the hash begin with so many zero bits, found without holding up the page. */
export async function solve({ nonce, bits }) {
  let number = 0;
  for (;;) {
    const until = performance.now() + BREATH_MS;
    while (performance.now() < until) {
      if (firstWord(`${nonce}:${number}`) < 2 ** (32 - bits)) return String(number);
      number += 1;
    }
    await new Promise((go) => { setTimeout(go); });
  }
}
