// A page's socket: kith.js with the page's login. Where the server says that the login has ended
// (4507), it is seen once what a new token is worth (for a bad one, 4500, kith.js does so itself); a
// login that has ended gives none, and Server tells so. All other ends are a person's to undo.
import { connect } from '../kith.js';

const LOGIN_ENDED = 4507;

export class Connection {
  // `use(kith)` is called for the client, and for each that takes its place: what belongs to the
  // one before is of no use then.
  constructor(server, options, use) {
    Object.assign(this, { server, options, use });
    this.kith = null;
    this._tried = false;  // a new token, of which the server has not yet said what it is worth
    this._begin();
  }

  _begin({ renew = false } = {}) {
    this.kith?.close();
    const kith = this.kith = connect({
      url: document.baseURI.replace(/[^/]*$/, ''),
      ...this.options,
      token: async (why) => {
        const token = await this.server.token(renew ? { reason: 'expired' } : why);
        renew = false;
        return token;
      },
    });
    kith.on('ready', () => { this._tried = false; });
    kith.on('error', (error) => {
      console.info(`kith: ${error.code}: ${error.message}`);
      if (this.kith !== kith || this._tried || error.close !== LOGIN_ENDED) return;
      this._tried = true;
      this._begin({ renew: true });
    });
    this.use(kith);
  }

  /** At once, and also where it would not come back by itself. */
  retry() {
    if (this.kith.error) this._begin({ renew: true });
    else this.kith.reconnect();
  }
  close() {
    const { kith } = this;
    this.kith = null;
    kith?.close();
  }
}
