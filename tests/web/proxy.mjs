// A proxy between clients and kithd that reads WebSocket frames and, from a seed, delays them, sends
// them twice, and cuts connections: between two frames or within one. Nothing it does could not also
// happen to a client on a bad line, or behind a proxy that repeats what it was not sure of.
import net from 'node:net';
import { once } from 'node:events';

// The frames of one direction, as they come.
class Frames {
  constructor() { this.bytes = Buffer.alloc(0); }
  feed(data) { this.bytes = Buffer.concat([this.bytes, data]); }
  next() {
    const { bytes } = this;
    if (bytes.length < 2) return null;
    let length = bytes[1] & 0x7f;
    let head = 2;
    if (length === 126) {
      if (bytes.length < 4) return null;
      length = bytes.readUInt16BE(2);
      head = 4;
    } else if (length === 127) {
      if (bytes.length < 10) return null;
      length = Number(bytes.readBigUInt64BE(2));
      head = 10;
    }
    if (bytes[1] & 0x80) head += 4;
    if (bytes.length < head + length) return null;
    const frame = bytes.subarray(0, head + length);
    this.bytes = bytes.subarray(head + length);
    return { bytes: frame, text: (frame[0] & 0x8f) === 0x81 };
  }
}

export class Proxy {
  constructor({ random, target, cut = 0, twice = 0, delay = 0 }) {
    Object.assign(this, { random, target, cut, twice, delay });
    this.away = false;
    this.links = new Set();
    this.counts = { connections: 0, cuts: 0, twice: 0, frames: 0 };
    this.server = net.createServer((socket) => this._accept(socket));
  }
  async listen() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }
  get origin() { return `http://127.0.0.1:${this.server.address().port}`; }
  /** From here on everything goes through unharmed. */
  calm() { this.cut = this.twice = this.delay = 0; }
  cutAll() { for (const link of [...this.links]) link.end(); }
  /** Nobody gets through any more, until comeBack(). */
  goAway() {
    this.away = true;
    this.cutAll();
  }
  comeBack() { this.away = false; }
  close() {
    this.cutAll();
    this.server.close();
  }

  _accept(client) {
    if (this.away) {
      client.destroy();
      return;
    }
    this.counts.connections += 1;
    const server = net.connect(this.target.port, '127.0.0.1');
    const link = { ended: false };
    link.end = () => {
      if (link.ended) return;
      link.ended = true;
      this.links.delete(link);
      client.destroy();
      server.destroy();
    };
    this.links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', link.end);
      socket.on('close', link.end);
    }
    this._pump(client, server, link);
    this._pump(server, client, link);
  }

  // Head of HTTP as it is, then frame by frame, each in its turn.
  _pump(from, to, link) {
    const frames = new Frames();
    const waiting = [];
    let headDone = false;
    let busy = false;
    const work = async () => {
      if (busy) return;
      busy = true;
      while (waiting.length > 0 && !link.ended) await this._carry(waiting.shift(), to, link);
      busy = false;
    };
    from.on('data', (data) => {
      frames.feed(data);
      if (!headDone) {
        const end = frames.bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        waiting.push({ bytes: frames.bytes.subarray(0, end + 4), text: false });
        frames.bytes = frames.bytes.subarray(end + 4);
        headDone = true;
      }
      for (let frame = frames.next(); frame; frame = frames.next()) waiting.push(frame);
      work();
    });
  }

  async _carry(frame, to, link) {
    const { random } = this;
    if (this.delay > 0 && random.chance(0.3)) {
      await new Promise((resolve) => setTimeout(resolve, random.below(this.delay)));
    }
    if (link.ended) return;
    this.counts.frames += 1;
    if (random.chance(this.cut)) {
      this.counts.cuts += 1;
      if (random.chance(0.5)) to.write(frame.bytes.subarray(0, random.below(frame.bytes.length)));
      setImmediate(link.end);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return;
    }
    to.write(frame.bytes);
    if (frame.text && random.chance(this.twice)) {
      this.counts.twice += 1;
      to.write(frame.bytes);
    }
  }
}
