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

@cython.locals(whole=int64_t, rest=int64_t, high=int64_t, part=int64_t, quotient=int64_t, digit=int64_t)
cpdef int64_t estimate(int64_t headroom, int64_t imp, int64_t price) except? -1

@cython.locals(middle=int64_t, slack=int64_t, below=int64_t, reached=int64_t)
cpdef int64_t pulses_to_reach(Limbs headroom, Component energy, Component debt, int64_t pulses) except? -1

@cython.locals(high=int64_t, low=int64_t)
cpdef bint reaches(Limbs headroom, Component energy, Component debt, int64_t pulses) except -1

cdef class Divisions:
    cdef public Limbs electricity, gas, water

cdef class Rate(Divisions):
    pass
