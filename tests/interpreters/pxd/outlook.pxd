# SPDX-License-Identifier: Apache-2.0
cimport cython
from libc.stdint cimport int64_t

from groschen.core.account cimport Account
from groschen.core.amount cimport Limbs
from groschen.core.component cimport Component

@cython.locals(energy=Component, owed=Limbs, left=int64_t, part=int64_t, paid_off=int64_t)
cpdef int64_t pays_for(Account account, bint high, int64_t pulses, Limbs bound) except? -1

cdef int64_t _last_pulse(int64_t high, int64_t low, Component energy, Component debt, int64_t pulses) except? -1

@cython.locals(whole=int64_t, rest=int64_t, high=int64_t, part=int64_t, quotient=int64_t, digit=int64_t)
cpdef int64_t estimate(int64_t headroom, int64_t imp, int64_t price) except? -1

@cython.locals(price=int64_t, middle=int64_t, slack=int64_t, below=int64_t, reached=int64_t)
cpdef int64_t pulses_to_reach(int64_t high, int64_t low, Component energy, Component debt, int64_t pulses) except? -1

@cython.locals(due_high=int64_t, due_low=int64_t)
cpdef bint reaches(int64_t high, int64_t low, Component energy, Component debt, int64_t pulses) except -1
