// The check as it is written with Fastify: the session by its signed cookie from Redis, and the user out of it. One hop
// and no gateway. Listens on 127.0.0.1 PORT; Redis is on REDIS_SOCKET; SECRET signs the cookies.
import Fastify from 'fastify';
import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';

const client = createClient({ socket: { path: process.env.REDIS_SOCKET } });
await client.connect();

const app = Fastify({ logger: false });
await app.register(cookie);
await app.register(session, {
    secret: process.env.SECRET,
    store: new RedisStore({ client, disableTouch: true }), // as ours, which touches once in a tenth of the idle time
    cookie: { secure: false, maxAge: 3600_000 },
    saveUninitialized: false,
    rolling: false,
});

app.post('/auth/login', async (request) => {
    request.session.user = { user_id: 1, full_name: 'Jane Doe', email: 'jane@example.org', role: 'student' };
    request.session.csrf = '0123456789012345678901';
    return { success: true };
});

app.get('/auth/check', async (request, reply) => {
    const { user, csrf } = request.session;
    if (!user) return reply.code(401).send({ success: false, authenticated: false });
    return { success: true, authenticated: true, user, csrf_token: csrf };
});

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
