/** Somebody with a browser: an account, a cookie, and pages of ours that requests come from. */
import { type Json, type Members, mustBe, OPERATOR_KEY, ORIGIN, type Reply, send, text } from './hall-client.ts';

export const PASSWORD = 'correct horse battery';

/** The newest mail to this address, from the page that shows what a development server did not send. */
export const mailTo = async (email: string): Promise<string> => {
  const page = (await send('GET', '/outbox')).text;
  return page.split('<section>').find((section) => section.includes(`To ${email}<`)) ?? '';
};

export const tokenIn = (mail: string, what: 'verify' | 'reset' | 'email' | 'invitation'): string =>
  decodeURIComponent(new RegExp(`#${what}=([^\\s&<]+)`).exec(mail)?.[1] ?? '');

export class Person {
  readonly email: string;
  cookie = '';
  userId = '';

  constructor(email = `person-${crypto.randomUUID().slice(0, 8)}@example.com`) {
    this.email = email;
  }

  /** As one of our pages sends it. */
  send(method: string, path: string, body?: Json, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return send(method, path, {
      headers: { ...(this.cookie === '' ? {} : { cookie: this.cookie }), origin: ORIGIN, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  signUp(password = PASSWORD): Promise<Reply> {
    return this.send('POST', '/v1/account/sign-up', { email: this.email, password, name: 'A person' });
  }

  async verify(): Promise<Reply> {
    return this.send('POST', '/v1/account/verify', { token: tokenIn(await mailTo(this.email), 'verify') });
  }

  async signIn(password = PASSWORD): Promise<Reply> {
    const reply = await this.send('POST', '/v1/account/sign-in', { email: this.email, password });
    const cookie = reply.headers.getSetCookie().find((one) => one.includes('session_token='));
    if (cookie !== undefined) this.cookie = cookie.split(';')[0] ?? '';
    return reply;
  }

  /** Keeps what an answer sets, as a browser does. */
  keep(reply: Reply): Reply {
    const jar = new Map(this.cookie.split('; ').map((one) => [one.split('=')[0] ?? '', one]));
    for (const set of reply.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      const [name = ''] = pair.split('=');
      if (/max-age=0/i.test(set)) jar.delete(name);
      else jar.set(name, pair);
    }
    this.cookie = [...jar.values()].filter((one) => one !== '').join('; ');
    return reply;
  }

  async get(path: string): Promise<Members> {
    return mustBe(200, await this.send('GET', path));
  }
}

/** Somebody who has signed up, proved the address and signed in. */
export const person = async (): Promise<Person> => {
  const somebody = new Person();
  mustBe(202, await somebody.signUp());
  mustBe(200, await somebody.verify());
  const signedIn = mustBe(200, await somebody.signIn());
  somebody.userId = text((signedIn.user as Members).user_id);
  return somebody;
};

/** An owner of the tenant, named by the operator. */
export const ownerOf = async (tenant: string): Promise<Person> => {
  const somebody = new Person();
  const body = { email: somebody.email, password: PASSWORD, name: 'Owner' };
  const named = mustBe(201, await send('POST', `/v1/tenants/${tenant}/owners`, { key: OPERATOR_KEY, body }));
  mustBe(200, await somebody.signIn());
  somebody.userId = text(named.user_id);
  return somebody;
};

/** Joins the tenant by an invitation of `owner`, in this role. */
export const joined = async (owner: Person, tenant: string, role: string): Promise<Person> => {
  const somebody = await person();
  mustBe(201, await owner.send('POST', `/t/${tenant}/v1/invitations`, { email: somebody.email, role }));
  const token = tokenIn(await mailTo(somebody.email), 'invitation');
  mustBe(200, await somebody.send('POST', '/v1/account/invitations/accept', { token }));
  return somebody;
};
