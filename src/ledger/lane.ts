/**
 * Group commit: the queue in front of an object's write path, and the promises that wait on it. This file only queues
 * and settles. While one batch is being made durable the next one gathers, so under load one transaction and one
 * fsync carry many commands; with a single caller a command never waits for company.
 */
const MAX_BATCH = 256;
const QUIET_TURNS = 2;

interface Waiting<C, R> {
  readonly command: C;
  readonly resolve: (reply: R) => void;
  readonly reject: (error: unknown) => void;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class Lane<C, R> {
  readonly #commit: (commands: readonly C[]) => readonly R[];
  readonly #durable: () => Promise<void>;
  #queue: Waiting<C, R>[] = [];
  #draining = false;

  /** `commit` is synchronous and answers each command; `durable` resolves once what it wrote cannot be lost. */
  constructor(commit: (commands: readonly C[]) => readonly R[], durable: () => Promise<void>) {
    this.#commit = commit;
    this.#durable = durable;
  }

  submit(command: C): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ command, resolve, reject });
      if (!this.#draining) {
        this.#draining = true;
        void this.#drain();
      }
    });
  }

  async #drain(): Promise<void> {
    let batch: Waiting<C, R>[] = [];
    try {
      // Lets the calls that were delivered together join the first batch.
      await Promise.resolve();
      while (this.#queue.length > 0) {
        batch = this.#queue.splice(0, MAX_BATCH);
        const replies = this.#commit(batch.map((waiting) => waiting.command));
        // The output gate holds these answers until the write is durable: settling first loses nothing if we stop here.
        batch.forEach((waiting, index) => {
          const reply = replies[index];
          if (reply !== undefined) waiting.resolve(reply);
        });
        const isBusy = batch.length > 1;
        batch = [];
        await this.#durable();
        // Where several callers are at work, those just answered ask again at once: let them join the next batch.
        if (isBusy) await this.#gather();
      }
    } catch (error) {
      // Storage itself failed: the platform restarts the object. Nobody is left waiting for an answer.
      for (const waiting of batch.concat(this.#queue.splice(0))) waiting.reject(error);
    } finally {
      this.#draining = false;
    }
  }

  /** Waits while more commands come in, and gives up after a few turns in which none did. */
  async #gather(): Promise<void> {
    let seen = 0;
    for (let quiet = 0; quiet < QUIET_TURNS && this.#queue.length < MAX_BATCH; ) {
      await nextTurn();
      quiet = this.#queue.length > seen ? 0 : quiet + 1;
      seen = this.#queue.length;
    }
  }
}

/** Callers that wait until a checkpoint covers their entry (`Prefer: proof`). */
export class CheckpointWaiters {
  #waiting: { readonly size: number; readonly settle: (covered: boolean) => void }[] = [];

  get any(): boolean {
    return this.#waiting.length > 0;
  }

  /** True once a checkpoint of at least `size` is published; false when none came in `timeoutMs`. */
  covering(size: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        resolve(false);
      }, timeoutMs);
      // A timer that is left behind keeps the object awake.
      const settle = (covered: boolean) => {
        clearTimeout(timer);
        resolve(covered);
      };
      const waiter = { size, settle };
      this.#waiting.push(waiter);
    });
  }

  published(size: number): void {
    const covered = this.#waiting.filter((waiter) => waiter.size <= size);
    this.#waiting = this.#waiting.filter((waiter) => waiter.size > size);
    for (const waiter of covered) waiter.settle(true);
  }
}
