// SPDX-License-Identifier: Apache-2.0
// Executes Cortex-M0+ instructions that touch no peripheral, in place of rp2040py's own core (fast_core.py), which gets
// all others: peripherals, exceptions, barriers that wait. Each takes the cycles that rp2040py counts for it.
//
// ARMv6-M Architecture Reference Manual, DDI 0419: A5 (encodings), A6 (instructions). RP2040 data sheet: 2.3.1 (SIO),
// 2.6.3 (flash cache), 4.6.3 (timer). Little-endian hosts only, as the chip is.

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    SRAM = 0x20000000u, SRAM_SIZE = 264 * 1024,
    FLASH = 0x10000000u, FLASH_SIZE = 16 << 20,
    ROM_SIZE = 16 * 1024,
    SIO = 0xd0000000u, SIO_SIZE = 0x180,
    CPUID = 0x00, DIV_UDIVIDEND = 0x60, DIV_UDIVISOR = 0x64, DIV_SDIVIDEND = 0x68, DIV_SDIVISOR = 0x6c,
    DIV_QUOTIENT = 0x70, DIV_REMAINDER = 0x74, DIV_CSR = 0x78, SPINLOCKS = 0x100,
    TIMER_HIGH = 0x40054024u, TIMER_LOW = 0x40054028u, TIMER_CYCLES = 4,
    SP = 13, LR = 14, PC = 15,
    LINE_SHIFT = 3, SETS = 1024, WAYS = 2,  // of the flash cache: 16 KB
};

// What fast_core.py shares with this file; the fields' order and types are its `Machine`'s.
typedef struct {
    uint32_t *r;  // the sixteen registers
    uint8_t *sram, *flash, *rom;
    uint32_t n, z, c, v, primask;
    uint32_t quiet;  // no exception waits, so that lifting the mask lets none in
    uint32_t miss_cycles;  // what the flash costs where the cache does not have it; 0: nothing is modelled
    uint32_t dividend, divisor, quotient, remainder, csr, is_signed, locks;  // SIO
    double since_reset_ns, cycle_ns;  // the timer's
    uint64_t cycles, hits, misses;
    uint32_t tags[SETS][WAYS], lines_fetched;
    uint8_t older[SETS];
} Machine;

void flush_cache(Machine *m) {
    memset(m->tags, 0xff, sizeof m->tags);
    m->lines_fetched = ~0u;
}

static void look_up(Machine *m, uint32_t address) {
    uint32_t line = address >> LINE_SHIFT, set = line % SETS;
    for (uint32_t way = 0; way < WAYS; way++)
        if (m->tags[set][way] == line) {
            m->older[set] = !way;
            m->hits++;
            return;
        }
    m->tags[set][m->older[set]] = line;
    m->older[set] = !m->older[set];
    m->misses++;
    m->cycles += m->miss_cycles;
}

// ---- memory

static uint8_t *readable(Machine *m, uint32_t address, uint32_t size) {
    if (address & (size - 1)) return 0;
    if (address - SRAM <= SRAM_SIZE - size) return m->sram + (address - SRAM);
    if (address - FLASH <= FLASH_SIZE - size) {
        if (m->miss_cycles) look_up(m, address);
        return m->flash + (address - FLASH);
    }
    if (address <= ROM_SIZE - size) return m->rom + address;
    return 0;
}

static uint8_t *writable(Machine *m, uint32_t address, uint32_t size) {
    if (address & (size - 1) || address - SRAM > SRAM_SIZE - size) return 0;
    return m->sram + (address - SRAM);
}

// ---- SIO and timer: what the interpreter asks for all the time

static void divide(Machine *m) {
    if (!m->divisor) {
        m->quotient = m->is_signed && (int32_t)m->dividend < 0 ? 1 : ~0u;
        m->remainder = m->dividend;
    } else if (!m->is_signed) {
        m->quotient = m->dividend / m->divisor;
        m->remainder = m->dividend % m->divisor;
    } else if (m->dividend == 0x80000000u && m->divisor == ~0u) {
        m->quotient = m->dividend;
        m->remainder = 0;
    } else {
        m->quotient = (uint32_t)((int32_t)m->dividend / (int32_t)m->divisor);
        m->remainder = (uint32_t)((int32_t)m->dividend % (int32_t)m->divisor);
    }
}

bool read_io(Machine *m, uint32_t address, uint32_t *value) {
    if (address == TIMER_LOW || address == TIMER_HIGH) {
        uint64_t us = (uint64_t)((m->since_reset_ns + m->cycles * m->cycle_ns) / 1000.0);
        *value = (uint32_t)(address == TIMER_HIGH ? us >> 32 : us);
        m->cycles += TIMER_CYCLES;
        return true;
    }
    if (address - SIO >= SIO_SIZE) return false;
    uint32_t offset = address - SIO;
    if (offset >= SPINLOCKS) {
        uint32_t lock = 1u << ((offset - SPINLOCKS) >> 2);
        *value = m->locks & lock ? 0 : lock;
        m->locks |= lock;
    } else {
        switch (offset) {
        case CPUID: *value = 0; break;
        case DIV_UDIVIDEND: case DIV_SDIVIDEND: *value = m->dividend; break;
        case DIV_UDIVISOR: case DIV_SDIVISOR: *value = m->divisor; break;
        case DIV_QUOTIENT: *value = m->quotient; m->csr &= ~2u; break;
        case DIV_REMAINDER: *value = m->remainder; break;
        case DIV_CSR: *value = m->csr | 1; break;
        default: return false;
        }
    }
    m->cycles += 1;
    return true;
}

bool write_io(Machine *m, uint32_t address, uint32_t value) {
    if (address - SIO >= SIO_SIZE) return false;
    uint32_t offset = address - SIO;
    if (offset >= SPINLOCKS) {
        m->locks &= ~(1u << ((offset - SPINLOCKS) >> 2));
        m->cycles += 1;
        return true;
    }
    switch (offset) {
    case DIV_UDIVIDEND: case DIV_SDIVIDEND: m->dividend = value; m->is_signed = offset == DIV_SDIVIDEND; divide(m); break;
    case DIV_UDIVISOR: case DIV_SDIVISOR: m->divisor = value; m->is_signed = offset == DIV_SDIVISOR; divide(m); break;
    case DIV_QUOTIENT: m->quotient = value; break;
    case DIV_REMAINDER: m->remainder = value; break;
    default: return false;
    }
    m->csr = 3;
    m->cycles += 1;
    return true;
}

// ---- arithmetic

static uint32_t result(Machine *m, uint32_t value) {
    m->n = value >> 31;
    m->z = value == 0;
    return value;
}

static uint32_t add(Machine *m, uint32_t x, uint32_t y, uint32_t carry) {
    uint64_t sum = (uint64_t)x + y + carry;
    uint32_t value = (uint32_t)sum;
    m->c = (uint32_t)(sum >> 32);
    m->v = (~(x ^ y) & (x ^ value)) >> 31;
    return result(m, value);
}

static uint32_t subtract(Machine *m, uint32_t x, uint32_t y) { return add(m, x, ~y, 1); }

static uint32_t shift_left(Machine *m, uint32_t x, uint32_t by) {
    if (by) m->c = by <= 32 ? (x >> (32 - by)) & 1 : 0;
    return result(m, by < 32 ? x << by : 0);
}

static uint32_t shift_right(Machine *m, uint32_t x, uint32_t by) {
    if (by) m->c = by <= 32 ? (uint32_t)((uint64_t)x >> (by - 1)) & 1 : 0;
    return result(m, by < 32 ? x >> by : 0);
}

static uint32_t shift_signed(Machine *m, uint32_t x, uint32_t by) {
    if (by > 32) by = 32;
    if (by) m->c = (uint32_t)((int64_t)(int32_t)x >> (by - 1)) & 1;
    return result(m, (uint32_t)((int64_t)(int32_t)x >> by));
}

static uint32_t rotate(Machine *m, uint32_t x, uint32_t by) {
    if (by & 31) x = x >> (by & 31) | x << (32 - (by & 31));
    if (by) m->c = x >> 31;
    return result(m, x);
}

// ---- instructions, by the table of A5.2; each returns false where it is rp2040py's, having changed nothing

static bool shift_add_move(Machine *m, uint32_t op) {
    uint32_t *r = m->r, x = r[(op >> 3) & 7], *to = &r[op & 7], *wide = &r[(op >> 8) & 7];
    uint32_t five = (op >> 6) & 31, eight = op & 255, y = op & 0x400 ? (op >> 6) & 7 : r[(op >> 6) & 7];
    switch (op >> 11) {
    case 0: *to = shift_left(m, x, five); break;
    case 1: *to = shift_right(m, x, five ? five : 32); break;
    case 2: *to = shift_signed(m, x, five ? five : 32); break;
    case 3: *to = op & 0x200 ? subtract(m, x, y) : add(m, x, y, 0); break;
    case 4: *wide = result(m, eight); break;
    case 5: subtract(m, *wide, eight); break;
    case 6: *wide = add(m, *wide, eight, 0); break;
    default: *wide = subtract(m, *wide, eight); break;
    }
    m->cycles += 1;
    return true;
}

static bool data_processing(Machine *m, uint32_t op) {
    uint32_t y = m->r[(op >> 3) & 7], *to = &m->r[op & 7], x = *to, by = y & 255;
    switch ((op >> 6) & 15) {
    case 0: *to = result(m, x & y); break;
    case 1: *to = result(m, x ^ y); break;
    case 2: *to = shift_left(m, x, by); break;
    case 3: *to = shift_right(m, x, by); break;
    case 4: *to = shift_signed(m, x, by); break;
    case 5: *to = add(m, x, y, m->c); break;
    case 6: *to = add(m, x, ~y, m->c); break;
    case 7: *to = rotate(m, x, by); break;
    case 8: result(m, x & y); break;
    case 9: *to = subtract(m, 0, y); break;
    case 10: subtract(m, x, y); break;
    case 11: add(m, x, y, 0); break;
    case 12: *to = result(m, x | y); break;
    case 13: *to = result(m, x * y); break;
    case 14: *to = result(m, x & ~y); break;
    default: *to = result(m, ~y); break;
    }
    m->cycles += 1;
    return true;
}

static bool high_registers(Machine *m, uint32_t op, uint32_t at, uint32_t *next) {
    uint32_t *r = m->r, from = (op >> 3) & 15, to = (op >> 4 & 8) | (op & 7);
    uint32_t y = from == PC ? at + 4 : r[from], x = to == PC ? at + 4 : r[to];
    uint32_t action = (op >> 8) & 3;
    if (action == 1) {
        subtract(m, x, y);
    } else if (action == 3) {  // BX, BLX; the highest addresses return from an exception
        if (y >> 28 == 0xf || op & 7 || from == PC) return false;
        if (op & 0x80) r[LR] = *next | 1;
        *next = y & ~1u;
        m->cycles += 1;
    } else {
        uint32_t value = action ? y : x + y;
        if (to == PC) {
            *next = value & ~1u;
            m->cycles += 1;
        } else {
            r[to] = to == SP ? value & ~3u : value;
        }
    }
    m->cycles += 1;
    return true;
}

static bool load(Machine *m, uint32_t to, uint32_t address, uint32_t size, bool is_signed) {
    if (size == 4 && address >= 0x40000000u) return read_io(m, address, &m->r[to]);
    uint8_t *p = readable(m, address, size);
    if (!p) return false;
    if (size == 4) m->r[to] = *(uint32_t *)p;
    else if (size == 2) m->r[to] = is_signed ? (uint32_t)(int32_t)*(int16_t *)p : *(uint16_t *)p;
    else m->r[to] = is_signed ? (uint32_t)(int32_t)*(int8_t *)p : *p;
    m->cycles += 2;
    return true;
}

static bool store(Machine *m, uint32_t from, uint32_t address, uint32_t size) {
    if (size == 4 && address >= SIO) return write_io(m, address, m->r[from]);
    uint8_t *p = writable(m, address, size);
    if (!p) return false;
    memcpy(p, &m->r[from], size);
    m->cycles += 2;
    return true;
}

static bool load_store(Machine *m, uint32_t op, uint32_t at) {
    uint32_t *r = m->r, low = op & 7, wide = (op >> 8) & 7, five = (op >> 6) & 31;
    uint32_t base = r[(op >> 3) & 7], indexed = base + r[(op >> 6) & 7];
    switch (op >> 11) {
    case 9: return load(m, wide, ((at + 4) & ~3u) + 4 * (op & 255), 4, false);
    case 10: case 11:
        switch ((op >> 9) & 7) {
        case 0: return store(m, low, indexed, 4);
        case 1: return store(m, low, indexed, 2);
        case 2: return store(m, low, indexed, 1);
        case 3: return load(m, low, indexed, 1, true);
        case 4: return load(m, low, indexed, 4, false);
        case 5: return load(m, low, indexed, 2, false);
        case 6: return load(m, low, indexed, 1, false);
        default: return load(m, low, indexed, 2, true);
        }
    case 12: return store(m, low, base + 4 * five, 4);
    case 13: return load(m, low, base + 4 * five, 4, false);
    case 14: return store(m, low, base + five, 1);
    case 15: return load(m, low, base + five, 1, false);
    case 16: return store(m, low, base + 2 * five, 2);
    case 17: return load(m, low, base + 2 * five, 2, false);
    case 18: return store(m, wide, r[SP] + 4 * (op & 255), 4);
    default: return load(m, wide, r[SP] + 4 * (op & 255), 4, false);
    }
}

static uint32_t count(uint32_t list) { return (uint32_t)__builtin_popcount(list); }

static bool push(Machine *m, uint32_t op) {
    uint32_t address = m->r[SP] - 4 * count(op & 0x1ff);
    uint32_t *p = (uint32_t *)writable(m, address, 4);
    if (!p || !writable(m, m->r[SP] - 4, 4)) return false;
    for (uint32_t i = 0; i < 8; i++)
        if (op & 1u << i) *p++ = m->r[i];
    if (op & 0x100) *p = m->r[LR];
    m->r[SP] = address;
    m->cycles += 1 + count(op & 0xff);
    return true;
}

static bool pop(Machine *m, uint32_t op, uint32_t *next) {
    uint32_t number = count(op & 0xff), last = m->r[SP] + 4 * count(op & 0x1ff) - 4;
    uint32_t *p = (uint32_t *)writable(m, m->r[SP], 4), *end = (uint32_t *)writable(m, last, 4);
    if (!p || !end || (op & 0x100 && *end >> 28 == 0xf)) return false;  // a return from an exception
    for (uint32_t i = 0; i < 8; i++)
        if (op & 1u << i) m->r[i] = *p++;
    if (op & 0x100) *next = *p & ~1u;
    m->r[SP] = last + 4;
    m->cycles += (op & 0x100 ? 3 : 1) + number;
    return true;
}

static bool multiple(Machine *m, uint32_t op) {
    uint32_t base = (op >> 8) & 7, address = m->r[base], number = count(op & 0xff);
    bool loads = op & 0x800, has_base = op & 1u << base;
    if (!number || (has_base && !loads)) return false;
    uint32_t last = address + 4 * number - 4;
    uint32_t *p = (uint32_t *)(loads ? readable(m, address, 4) : writable(m, address, 4));
    if (!p || (address ^ last) >> 20 || !(loads ? readable(m, last, 4) : writable(m, last, 4))) return false;
    for (uint32_t i = 0; i < 8; i++)
        if (op & 1u << i) {
            if (loads) m->r[i] = *p++;
            else *p++ = m->r[i];
        }
    if (!has_base) m->r[base] = last + 4;
    m->cycles += 1 + number;
    return true;
}

static bool miscellaneous(Machine *m, uint32_t op, uint32_t *next) {
    uint32_t *r = m->r, x = r[(op >> 3) & 7], *to = &r[op & 7], kind = (op >> 6) & 3;
    switch ((op >> 8) & 15) {
    case 0: r[SP] += op & 0x80 ? -4 * (op & 127) : 4 * (op & 127); break;
    case 2:
        *to = kind == 0 ? (uint32_t)(int32_t)(int16_t)x : kind == 1 ? (uint32_t)(int32_t)(int8_t)x
            : kind == 2 ? x & 0xffff : x & 0xff;
        break;
    case 4: case 5: return push(m, op);
    case 6:
        if (op == 0xb672) m->primask = 1;
        else if (op == 0xb662 && m->quiet) m->primask = 0;
        else return false;
        break;
    case 10:
        if (kind == 0) *to = __builtin_bswap32(x);
        else if (kind == 1) *to = (x & 0x00ff00ff) << 8 | (x >> 8 & 0x00ff00ff);
        else if (kind == 3) *to = (uint32_t)(int32_t)(int16_t)__builtin_bswap16((uint16_t)x);
        else return false;
        break;
    case 12: case 13: return pop(m, op, next);
    case 15:
        if (op != 0xbf00) return false;
        break;
    default: return false;
    }
    m->cycles += 1;
    return true;
}

static bool branch_if(Machine *m, uint32_t op, uint32_t at, uint32_t *next) {
    uint32_t condition = (op >> 8) & 15, holds;
    switch (condition >> 1) {
    case 0: holds = m->z; break;
    case 1: holds = m->c; break;
    case 2: holds = m->n; break;
    case 3: holds = m->v; break;
    case 4: holds = m->c && !m->z; break;
    case 5: holds = m->n == m->v; break;
    case 6: holds = m->n == m->v && !m->z; break;
    default: return false;  // undefined, and SVC
    }
    if (condition & 1) holds = !holds;
    if (holds) *next = at + 4 + (uint32_t)((int32_t)(int8_t)(op & 255) * 2);
    m->cycles += holds ? 2 : 1;
    return true;
}

static bool long_instruction(Machine *m, uint32_t op, uint32_t at, uint32_t *next) {
    uint8_t *p = readable(m, at + 2, 2);
    if (!p) return false;
    uint32_t low = *(uint16_t *)p;
    if ((low & 0xd000) == 0xd000) {  // BL
        uint32_t s = op >> 10 & 1, i1 = !(s ^ (low >> 13 & 1)), i2 = !(s ^ (low >> 11 & 1));
        uint32_t offset = (s ? 0xff000000u : 0) | i1 << 23 | i2 << 22 | (op & 0x3ff) << 12 | (low & 0x7ff) << 1;
        m->r[LR] = (at + 4) | 1;
        *next = at + 4 + offset;
    } else {
        if (op == 0xf3bf && (low & 0xff00) == 0x8f00) {  // DMB, DSB, ISB
        } else if (op == 0xf3ef && (low & 0xf0ff) == 0x8010) {  // MRS PRIMASK
            m->r[low >> 8 & 15] = m->primask;
        } else if ((op & 0xfff0) == 0xf380 && low == 0x8810 && m->quiet) {  // MSR PRIMASK
            m->primask = m->r[op & 15] & 1;
        } else {
            return false;
        }
        *next = at + 4;
    }
    m->cycles += 3;
    return true;
}

static bool execute(Machine *m, uint32_t op, uint32_t at, uint32_t *next) {
    uint32_t *r = m->r;
    switch (op >> 11) {
    case 0: case 1: case 2: case 3: case 4: case 5: case 6: case 7: return shift_add_move(m, op);
    case 8: return op & 0x400 ? high_registers(m, op, at, next) : data_processing(m, op);
    case 9: case 10: case 11: case 12: case 13: case 14: case 15: case 16: case 17: case 18: case 19:
        return load_store(m, op, at);
    case 20: r[(op >> 8) & 7] = ((at + 4) & ~3u) + 4 * (op & 255); m->cycles += 1; return true;
    case 21: r[(op >> 8) & 7] = r[SP] + 4 * (op & 255); m->cycles += 1; return true;
    case 22: case 23: return miscellaneous(m, op, next);
    case 24: case 25: return multiple(m, op);
    case 26: case 27: return branch_if(m, op, at, next);
    case 28: *next = at + 4 + (uint32_t)((int32_t)(op << 21) >> 20); m->cycles += 2; return true;
    case 30: return long_instruction(m, op, at, next);
    default: return false;
    }
}

// Runs for so many cycles; returns whether it came to an instruction that is rp2040py's, at which the program counter is.
bool run(Machine *m, uint64_t most) {
    m->cycles = 0;
    while (m->cycles < most) {
        uint32_t at = m->r[PC] & ~1u, op;
        if (at - SRAM <= SRAM_SIZE - 2) {
            op = *(uint16_t *)(m->sram + (at - SRAM));
        } else if (at - FLASH <= FLASH_SIZE - 2) {
            op = *(uint16_t *)(m->flash + (at - FLASH));
            if (m->miss_cycles && at >> LINE_SHIFT != m->lines_fetched) {
                m->lines_fetched = at >> LINE_SHIFT;
                look_up(m, at);
            }
        } else if (at <= ROM_SIZE - 2) {
            op = *(uint16_t *)(m->rom + at);
        } else {
            return true;
        }
        uint32_t next = m->r[PC] + 2;
        if (!execute(m, op, at, &next)) return true;
        m->r[PC] = next;
    }
    return false;
}
