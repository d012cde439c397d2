// Both real binaries on the embedded stores, in a directory of their own.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const bin = process.env.GATEHOUSE_BIN;
const run = promisify(execFile);
const READY_MS = 30_000;

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

class Service {
  constructor(program, log, variables) {
    Object.assign(this, { program, log, variables });
  }

  async start() {
    const log = await open(this.log, 'a');
    this.process = spawn(join(bin, this.program), { env: this.variables, stdio: ['ignore', 'ignore', log.fd] });
    this.ended = once(this.process, 'exit');
    await log.close();
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill('SIGTERM');
    await this.ended;
  }
}

export class Deployment {
  static password = 'correct horse 1';

  // `gateway`, `session`: variables on top of what makes them run; a function is given the deployment.
  static async start({ gateway = {}, session = {} } = {}) {
    const deployment = new Deployment();
    deployment.port = await freePort();
    deployment.url = deployment.at('127.0.0.1');
    await deployment.#prepare(typeof gateway === 'function' ? gateway(deployment) : gateway, session);
    await deployment.session.start();
    await deployment.gateway.start();
    await deployment.ready();
    return deployment;
  }

  async #prepare(gateway, session) {
    this.directory = await mkdtemp(join(tmpdir(), 'gatehouse-browser-'));
    const made = await run(join(bin, 'gatehousectl'), ['credentials', 'new', 'browser', '--scopes', 'login,introspect,revoke,admin', '--json']);
    const { credential, entry } = JSON.parse(made.stdout);
    const socket = (name) => `unix:${join(this.directory, name)}`;
    this.credential = credential;
    const both = { APP_ENV: 'testing', SECRET_KEY: 'a key that only these tests have, of some length', PATH: '/usr/bin:/bin' };
    this.session = new Service('gatehouse-session', join(this.directory, 'session.log'), {
      ...both, SERVICE_CREDENTIALS: entry, SESSION_LISTEN: socket('session'), SESSION_ADMIN_LISTEN: socket('session-admin'),
      DATA_DIR: this.directory, ARGON2_MEMORY_KIB: '8', ARGON2_PASSES: '1', ...session,
    });
    this.gateway = new Service('gatehouse-gateway', join(this.directory, 'gateway.log'), {
      ...both, SESSION_URL: socket('session'), SESSION_CREDENTIAL: credential, GATEWAY_LISTEN: `127.0.0.1:${this.port}`,
      GATEWAY_ADMIN_LISTEN: socket('gateway-admin'), LOGIN_RATE_LIMIT: 'off', ...gateway,
    });
  }

  // The gateway under another name of this machine.
  at(host) {
    return `http://${host}:${this.port}`;
  }

  // Until what clients are told is that both stores are there.
  async ready() {
    for (const end = Date.now() + READY_MS; Date.now() < end; await pause(50)) {
      const health = await fetch(`${this.url}/health`).catch(() => null);
      if (health?.status === 200) return;
    }
    const logs = await Promise.all([this.session.log, this.gateway.log].map((file) => readFile(file, 'utf8')));
    throw new Error(`not ready:\n${logs.join('\n')}`);
  }

  async ctl(...command) {
    const env = { SESSION_URL: this.session.variables.SESSION_LISTEN, GATEHOUSECTL_CREDENTIAL: this.credential, PATH: '/usr/bin:/bin' };
    const input = command.includes('--password-stdin') ? `${Deployment.password}\n` : '';
    const child = run(join(bin, 'gatehousectl'), command, { env });
    child.child.stdin.end(input);
    return (await child).stdout;
  }

  async createUser(email, name = 'Jane Doe') {
    await this.ctl('users', 'create', email, '--name', name, '--role', 'student', '--password-stdin');
  }

  async stop() {
    await this.gateway?.stop();
    await this.session?.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
