/** Undoes actions in reverse order, because Node 20 has no AsyncDisposableStack. */
export class AsyncStack implements AsyncDisposable {
  #undo: (() => PromiseLike<unknown>)[] = [];

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(undo: () => PromiseLike<unknown>): void {
    this.#undo.push(undo);
  }

  /** Moves all actions to another stack, which then must undo them. */
  move(): AsyncStack {
    const moved = new AsyncStack();
    moved.#undo = this.#undo;
    this.#undo = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }
}
