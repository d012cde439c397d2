// The real nginx with the files of deploy/nginx as they are, but for hosts, ports and paths.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const committed = new URL('../../deploy/nginx/', import.meta.url).pathname;
const run = promisify(execFile);
const READY_MS = 10_000;

export class Nginx {
  // `domain` instead of example.org; `gateway` and `app` are ports.
  static async start({ domain, port, plainPort, gateway, app }) {
    const nginx = new Nginx();
    nginx.directory = await mkdtemp(join(tmpdir(), 'gatehouse-nginx-'));
    await nginx.#prepare({
      'example.org': domain, '127.0.0.1:8080': `127.0.0.1:${gateway}`, '127.0.0.1:8090': `127.0.0.1:${app}`,
      'listen 443': `listen 127.0.0.1:${port}`, 'listen 80': `listen 127.0.0.1:${plainPort}`,
      '/etc/ssl/example.org': nginx.directory,
    }, domain);
    nginx.process = spawn('/usr/sbin/nginx', ['-p', nginx.directory, '-c', join(nginx.directory, 'nginx.conf'), '-e', 'stderr'], { stdio: 'inherit' });
    nginx.ended = once(nginx.process, 'exit');
    await nginx.#ready(port);
    return nginx;
  }

  async #prepare(edits, domain) {
    await cp(join(committed, 'gatehouse'), join(this.directory, 'gatehouse'), { recursive: true });
    // The longest first: one edit's text may stand in another's.
    const texts = Object.keys(edits).sort((a, b) => b.length - a.length);
    for (const file of ['forward-auth.conf', ...['tls', 'gateway', 'ask', 'protect'].map((name) => `gatehouse/${name}.conf`)]) {
      let text = await readFile(join(committed, file), 'utf8');
      for (const one of texts) text = text.replaceAll(one, edits[one]);
      await writeFile(join(this.directory, file), text);
    }
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${this.directory}/${kind};`).join(' ');
    await writeFile(join(this.directory, 'nginx.conf'), `daemon off; master_process off; pid ${this.directory}/pid; error_log stderr crit; events {}
      http { access_log off; ${temporary} include forward-auth.conf; }`);
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', `/CN=${domain}`,
      '-addext', `subjectAltName=DNS:*.${domain}`, '-keyout', join(this.directory, 'privkey.pem'), '-out', join(this.directory, 'fullchain.pem')]);
  }

  async #ready(port) {
    for (const end = Date.now() + READY_MS; Date.now() < end; await pause(20)) {
      const socket = connect(port, '127.0.0.1');
      const up = await once(socket, 'connect').catch(() => null);
      socket.destroy();
      if (up) return;
    }
    throw new Error('nginx does not listen');
  }

  async stop() {
    if (this.process?.exitCode === null) {
      this.process.kill('SIGTERM');
      await this.ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
