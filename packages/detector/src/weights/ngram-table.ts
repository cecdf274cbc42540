/** How often n-grams were counted: a tree whose node for tokens a, b, c is the child c of the node for a, b. */

const FIRST_NODES = 1024;
/** Slots of the hash table for each node: at least so many. */
const SLOTS_PER_NODE = 2;

/** A tree of n-grams with their counts. Node 0 is the root; 28 bytes a node. */
export class NgramTable {
  #size = 1;
  #parents = new Uint32Array(FIRST_NODES);
  #tokens = new Uint32Array(FIRST_NODES);
  #occurrences = new Uint32Array(FIRST_NODES);
  #followers = new Uint32Array(FIRST_NODES);
  #followed = new Float64Array(FIRST_NODES);
  // Open addressing; 0 is an empty slot, since the root is nobody's child.
  #slots = new Uint32Array(SLOTS_PER_NODE * FIRST_NODES);

  /** Number of nodes, the root included. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds occurrences of a node's child, which is made if there is none.
   *
   * @param parent      a node.
   * @param tokenId     the child's last token.
   * @param occurrences how many, integer ≥ 1; a node holds less than 2^32.
   * @returns the child.
   */
  add(parent: number, tokenId: number, occurrences = 1): number {
    const slot = this.#slotOf(parent, tokenId);
    let node = this.#slots[slot]!;
    if (node === 0) {
      node = this.#size++;
      this.#slots[slot] = node;
      if (node === this.#parents.length) this.#grow();
      this.#parents[node] = parent;
      this.#tokens[node] = tokenId;
      this.#followers[parent]!++;
      if (SLOTS_PER_NODE * this.#size > this.#slots.length) this.#rehash();
    }
    this.#occurrences[node]! += occurrences;
    this.#followed[parent]! += occurrences;
    return node;
  }

  /** Returns a node's child, or -1 if there is none. */
  find(parent: number, tokenId: number): number {
    const node = this.#slots[this.#slotOf(parent, tokenId)]!;
    return node === 0 ? -1 : node;
  }

  /** Returns how often a node was counted. */
  occurrences(node: number): number {
    return this.#occurrences[node]!;
  }

  /** Returns how many children a node has. */
  followers(node: number): number {
    return this.#followers[node]!;
  }

  /** Returns how often its children were counted. */
  followed(node: number): number {
    return this.#followed[node]!;
  }

  /** Returns the nodes but the root as Uint32Array `[3 * (size - 1)]`: parent, token, occurrences; parents first. */
  toRows(): Uint32Array {
    const rows = new Uint32Array(3 * (this.#size - 1));
    for (let node = 1; node < this.#size; node++) {
      rows[3 * node - 3] = this.#parents[node]!;
      rows[3 * node - 2] = this.#tokens[node]!;
      rows[3 * node - 1] = this.#occurrences[node]!;
    }
    return rows;
  }

  // The slot of a child, or the empty one where it would be.
  #slotOf(parent: number, tokenId: number): number {
    const mask = this.#slots.length - 1;
    let mixed = Math.imul(parent, 0x9e3779b1) ^ Math.imul(tokenId, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
    let slot = (mixed ^ (mixed >>> 13)) & mask;
    for (;;) {
      const node = this.#slots[slot]!;
      if (node === 0) return slot;
      if (this.#parents[node] === parent && this.#tokens[node] === tokenId) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const larger = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const length = 2 * this.#parents.length;
    this.#parents = larger(this.#parents, new Uint32Array(length));
    this.#tokens = larger(this.#tokens, new Uint32Array(length));
    this.#occurrences = larger(this.#occurrences, new Uint32Array(length));
    this.#followers = larger(this.#followers, new Uint32Array(length));
    this.#followed = larger(this.#followed, new Float64Array(length));
  }

  #rehash(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let node = 1; node < this.#size; node++) {
      this.#slots[this.#slotOf(this.#parents[node]!, this.#tokens[node]!)] = node;
    }
  }
}
