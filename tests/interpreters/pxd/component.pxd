# SPDX-License-Identifier: Apache-2.0
cimport cython
from libc.stdint cimport int64_t

from groschen.core.amount cimport Limbs

cdef class Component:
    cdef public int64_t imp, carry, due_high, due_low, due_carry, price
    cdef public int64_t r0, r1, r2, u0, u1, u2, e0, e1, e2
    cdef public Limbs charged

    @cython.locals(d0=int64_t, d1=int64_t, d2=int64_t, high=int64_t, low=int64_t, rest=int64_t, whole=int64_t)
    cpdef ask(self, int64_t pulses)
    cpdef charge(self, int64_t pulses)

cdef class Divisions:
    cdef public Limbs electricity, gas, water

cdef class Rate(Divisions):
    pass
